import { describe, expect, test } from 'vitest'
import { quoteName, quoteString, readStatement } from './sql.ts'

describe('a statement without data', () => {
  test.each([
    ['SELECT 1', undefined],
    ['SELECT 1 FORMAT JSON', 'JSON'],
    ['select 1 format JSONEachRow settings max_threads = 1', 'JSONEachRow'],
    ['SELECT 1\nFORMAT `CSV`', 'CSV'],
    ['SELECT format FROM t', undefined],
    ['SELECT (1 AS format) FORMAT TSV -- the end', 'TSV'],
    ["SELECT ' FORMAT JSON'", undefined],
  ])('%s names the format %s', (sql, format) => {
    expect(readStatement(sql).format).toBe(format)
  })

  test.each([
    ['SELECT 1;', 'SELECT 1', false],
    ["SELECT 'a;b' -- ; c\n;", "SELECT 'a;b' -- ; c\n", false],
    ['SELECT 1 /* ; SELECT 2 */;', 'SELECT 1 /* ; SELECT 2 */', false],
    ['SELECT $tag$ ; $tag$', 'SELECT $tag$ ; $tag$', false],
    ['SELECT `;`, ";"; ;', 'SELECT `;`, ";"', true],
    ['SELECT 1; SELECT 2', 'SELECT 1', true],
  ])('%s ends at its semicolon', (text, sql, hasMore) => {
    expect(readStatement(text)).toMatchObject({ sql, hasMore, takesData: false, infileAt: undefined })
  })
})

describe('an INSERT', () => {
  const split = (text: string): { before: string; after: string; data: string } => {
    const statement = readStatement(text)
    if (statement.infileAt === undefined) throw new Error('takes no file')
    return {
      before: statement.sql.slice(0, statement.infileAt),
      after: statement.sql.slice(statement.infileAt),
      data: text.slice(statement.dataAt),
    }
  }

  test('given data behind the format, then the file belongs before FORMAT and the data begin on the next line', () => {
    expect(split('INSERT INTO t (a, b) FORMAT JSONEachRow\n{"a":1}\n')).toEqual({
      before: 'INSERT INTO t (a, b) ',
      after: 'FORMAT JSONEachRow',
      data: '{"a":1}\n',
    })
  })

  test('given settings, then the file belongs before them', () => {
    expect(split("INSERT INTO d.t SETTINGS async_insert=1, x='FORMAT' FORMAT CSV 1,2")).toEqual({
      before: 'INSERT INTO d.t ',
      after: "SETTINGS async_insert=1, x='FORMAT' FORMAT CSV",
      data: '1,2',
    })
  })

  test('given only one line end between, then a blank line is data', () => {
    expect(split('INSERT INTO t FORMAT TSV\r\n\na').data).toBe('\na')
  })

  test('given quotes that open in the data, then they are not read', () => {
    expect(split("INSERT INTO t FORMAT TSV\nit's; FORMAT CSV").data).toBe("it's; FORMAT CSV")
  })

  test.each([
    ['INSERT INTO t SELECT * FROM u', false],
    ["INSERT INTO t SELECT * FROM input('a Int8') FORMAT CSV 1", true],
    ['INSERT INTO t VALUES (1); (2)', true],
    ['INSERT INTO t (a) VALUES', true],
    ['INSERT INTO values SELECT 1', false],
  ])('%s takes no file, and takes data: %s', (text, takesData) => {
    expect(readStatement(text)).toMatchObject({ infileAt: undefined, takesData, isInsert: true })
  })
})

test('literals and names keep every character', () => {
  expect(quoteString("a'b\\c\n")).toBe("'a\\'b\\\\c\n'")
  expect(quoteName('a`b')).toBe('`a\\`b`')
})
