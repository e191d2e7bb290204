import type { DoctorResult } from '../../src/operations/doctor.js';
import { sentence } from './table.js';

type FindingView = DoctorResult['findings'][number];

const HEADINGS = { options: 'In the NixOS configuration:', commands: 'Fix it with:', advice: '' } as const;

/** What doctor found and did, as text for people. */
export function doctorText({ findings, mended, healthy }: DoctorResult): string {
  const lines = mended.map(({ id, error }) =>
    error === null ? `Fixed ${id}.` : `Not fixed: ${id}. ${error.message}`,
  );
  for (const finding of findings) lines.push('', ...findingLines(finding));
  const wrong = findings.filter(({ severity }) => severity !== 'note').length;
  const end = healthy
    ? findings.length === 0
      ? 'No problems found.'
      : 'No problems found; see the notes.'
    : `${wrong} ${wrong === 1 ? 'problem' : 'problems'} found.`;
  return [...lines, ...(lines.length === 0 ? [] : ['']), end].join('\n').trimStart();
}

function findingLines({ id, severity, what, why, mend }: FindingView): string[] {
  const heading = HEADINGS[mend.kind];
  return [
    ...sentence(`${severity}: ${what} [${id}]`),
    ...sentence(why, '  '),
    // Lines to copy are not wrapped.
    ...(heading === ''
      ? mend.lines.flatMap((line) => sentence(line, '  '))
      : [`  ${heading}`, ...mend.lines.map((line) => `    ${line}`)]),
  ];
}

export const questionText = ({ what, mend }: FindingView) =>
  `${what}\n${mend.lines.map((line) => `    ${line}`).join('\n')}\nDo this?`;
