import { expect } from 'chai';
import { formatted } from '../../../cli/views/format.js';

describe('--format', () => {
  interface Row {
    name: string;
    auto_start: boolean | null;
    addresses: string[];
  }
  const fields = ['name', 'auto_start', 'addresses'] as const;
  const rows: Row[] = [
    { name: 'web', auto_start: true, addresses: ['10.0.0.2', 'fd12::2'] },
    { name: 'db', auto_start: null, addresses: [] },
  ];
  const lines = (template: string) => formatted<Row>(template, fields, rows);

  it('replaces names by the values of these fields', () => {
    expect(lines('{{name}}: {{ addresses }}')).to.deep.equal(['web: 10.0.0.2,fd12::2', 'db: ']);
    expect(lines('{{auto_start}}\\t{{name}}')).to.deep.equal(['true\tweb', '\tdb']);
  });

  it('accepts names in the form that podman and docker use', () => {
    expect(lines('{{.Name}} {{.AutoStart}}')).to.deep.equal(['web true', 'db ']);
  });

  it('does not change other text', () => {
    expect(lines('{name} $1 \\\\n')).to.deep.equal(['{name} $1 \\n', '{name} $1 \\n']);
  });

  it('lists the fields if one does not exist, even without a row', () => {
    const attempt = () => formatted<Row>('{{nmae}}', fields, []);
    expect(attempt)
      .to.throw("'nmae' is not a valid field for --format.")
      .with.deep.property('nextSteps', [
        "Did you mean 'name'?",
        'The fields are: name, auto_start, addresses.',
      ]);
  });
});
