import { expect } from 'chai';
import { ago, localTime, timeText } from '../../../cli/views/time-text.js';

describe('the text of a time', () => {
  const now = new Date('2026-03-10T12:00:00.000Z');
  const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);

  it('shows how long ago it was, in the largest whole unit', () => {
    const spans: [number, string][] = [
      [0, 'just now'],
      [59, '59 s ago'],
      [60, '1 min ago'],
      [3599, '59 min ago'],
      [7200, '2 h ago'],
      [86_400, '1 day ago'],
      [40 * 86_400, '40 days ago'],
    ];
    for (const [seconds, text] of spans) expect(ago(before(seconds), now)).to.equal(text);
  });

  it('is "just now" if the clock was set back since', () => {
    expect(ago(before(-30), now)).to.equal('just now');
  });

  it('includes the local time', () => {
    const date = before(120);
    expect(timeText(date.toISOString(), now)).to.equal(`${localTime(date)} (2 min ago)`);
  });
});
