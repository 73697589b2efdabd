import { describe, expect, it } from 'vitest'
import { MigrationError, parseMigration, statementsOf } from './migrate.ts'

describe('a migration', () => {
  it('has an up and a down part, each of statements that end in a semicolon at the end of a line', () => {
    const text = `-- What it is; for.
-- Up Migration
CREATE TABLE a (x UInt8 COMMENT 'one; two') -- no end;
ENGINE = Memory;
-- a comment; here
CREATE TABLE b (x UInt8) ENGINE = Memory;

-- Down Migration
DROP TABLE b;
DROP TABLE a;
`.replace(' -- no end;', '')
    const { up, down, checksum } = parseMigration('a', text)
    expect(up).toEqual([
      "CREATE TABLE a (x UInt8 COMMENT 'one; two')\nENGINE = Memory",
      'CREATE TABLE b (x UInt8) ENGINE = Memory',
    ])
    expect(down).toEqual(['DROP TABLE b', 'DROP TABLE a'])
    expect(checksum).toMatch(/^[0-9a-f]{64}$/)
    expect(parseMigration('a', `${text} `).checksum).not.toBe(checksum)
  })

  it('without one of its parts, or with both the wrong way round, is refused', () => {
    for (const text of ['', '-- Up Migration\nSELECT 1;', '-- Down Migration\n-- Up Migration\n'])
      expect(() => parseMigration('a', text)).toThrow(MigrationError)
  })

  it('may have empty lines and blanks after a semicolon', () => {
    expect(statementsOf('\nSELECT 1; \n\n\nSELECT 2;\n\n')).toEqual(['SELECT 1', 'SELECT 2'])
    expect(statementsOf('-- nothing\n')).toEqual([])
  })
})
