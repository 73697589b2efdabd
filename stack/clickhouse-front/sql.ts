/**
 * As much of ClickHouse's grammar as a front needs: where a statement ends, which format it names, and where the data of
 * an INSERT begins. Quotes, comments and brackets are understood; everything else is left to the engine.
 */

interface Token {
  readonly kind: 'word' | 'string' | 'symbol'
  /** Words in upper case, other tokens as written. */
  readonly text: string
  readonly start: number
  readonly end: number
  readonly depth: number
}

export interface Statement {
  /** The statement without data and without its closing semicolon. */
  readonly sql: string
  readonly isInsert: boolean
  /** The format that it names itself. */
  readonly format: string | undefined
  /**
   * Of an INSERT ... FORMAT: where `FROM INFILE` belongs, so that the data can be handed over as a file. Undefined where
   * the statement takes no data, or takes it through `input()`.
   */
  readonly infileAt: number | undefined
  /** Whether what follows the statement is data (`INSERT ... FORMAT x` or `... VALUES`). */
  readonly takesData: boolean
  /** Where the data begins, in characters of the text. */
  readonly dataAt: number
  /** A second statement follows. */
  readonly hasMore: boolean
}

const SPACE = /\s+/y
const LINE_COMMENT = /(?:--|#!|# )[^\n]*/y
const BLOCK_COMMENT = /\/\*[\s\S]*?(?:\*\/|$)/y
const QUOTED = /'(?:[^'\\]|\\[\s\S]|'')*'?|"(?:[^"\\]|\\[\s\S]|"")*"?|`(?:[^`\\]|\\[\s\S]|``)*`?/y
const HEREDOC = /\$([A-Za-z0-9_]*)\$[\s\S]*?\$\1\$/y
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /[0-9][A-Za-z0-9_.]*/y

function matchAt(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}

/** Tokens one after the other, read only as far as the caller goes, since megabytes of data may follow. */
function* tokensOf(text: string): Generator<Token> {
  let at = 0
  let depth = 0
  while (at < text.length) {
    const skipped =
      matchAt(SPACE, text, at) ?? matchAt(LINE_COMMENT, text, at) ?? matchAt(BLOCK_COMMENT, text, at)
    if (skipped !== undefined) {
      at = skipped
      continue
    }
    const string = matchAt(QUOTED, text, at) ?? matchAt(HEREDOC, text, at)
    const word = string === undefined ? matchAt(WORD, text, at) : undefined
    const end = string ?? word ?? matchAt(NUMBER, text, at) ?? at + 1
    const raw = text.slice(at, end)
    if (raw === ')' || raw === ']' || raw === '}') depth -= 1
    const kind = string !== undefined ? 'string' : word !== undefined ? 'word' : 'symbol'
    yield { kind, text: kind === 'word' ? raw.toUpperCase() : raw, start: at, end, depth }
    if (raw === '(' || raw === '[' || raw === '{') depth += 1
    at = end
  }
}

/** Data begins after the format's name, an optional semicolon, blanks and one line end. */
function dataStart(text: string, at: number): number {
  return matchAt(/[ \t\f]*(?:;[ \t\f]*)?(?:\r?\n)?/y, text, at) ?? at
}

function stripName(text: string): string {
  return /^[`"]/.test(text) ? text.slice(1, -1) : text
}

/** Reads the first statement of a text. */
export function readStatement(text: string): Statement {
  let first: string | undefined
  let previous: Token | undefined
  let format: string | undefined
  let settingsAt: number | undefined
  let formatEnd = 0
  let afterSettings = false
  let hasSelect = false
  let end = text.length
  let lastEnd = 0
  let closed = false
  for (const token of tokensOf(text)) {
    const top = token.depth === 0
    if (closed) return statement({ hasMore: true })
    if (top && token.text === ';') {
      closed = true
      end = token.start
      continue
    }
    first ??= token.text
    lastEnd = token.end
    const isInsert = first === 'INSERT'
    if (top && token.kind === 'word') {
      if (token.text === 'SELECT' || token.text === 'WITH') hasSelect = true
      if (token.text === 'SETTINGS') settingsAt = token.start
      if (
        isInsert &&
        token.text === 'VALUES' &&
        !hasSelect &&
        previous !== undefined &&
        !isTableName(previous)
      ) {
        return {
          sql: text,
          isInsert,
          format,
          infileAt: undefined,
          takesData: true,
          dataAt: text.length,
          hasMore: false,
        }
      }
    }
    // What was taken for a format's name is a column's when anything but SETTINGS follows (SELECT format FROM t).
    if (format !== undefined && token.start > formatEnd && token.text !== 'SETTINGS' && !afterSettings)
      format = undefined
    if (top && token.text === 'SETTINGS') afterSettings = true
    if (top && previous?.depth === 0 && previous.text === 'FORMAT' && token.kind !== 'symbol') {
      format = stripName(text.slice(token.start, token.end))
      formatEnd = token.end
      afterSettings = false
      if (isInsert) {
        const infileAt = hasSelect ? undefined : (settingsAt ?? previous.start)
        const dataAt = dataStart(text, token.end)
        return {
          sql: text.slice(0, token.end),
          isInsert,
          format,
          infileAt,
          takesData: true,
          dataAt,
          hasMore: false,
        }
      }
    }
    previous = token
  }
  return statement({ hasMore: false })

  function statement({ hasMore }: { hasMore: boolean }): Statement {
    const sql = text.slice(0, closed ? end : Math.max(lastEnd, 0))
    return {
      sql,
      isInsert: first === 'INSERT',
      format,
      infileAt: undefined,
      takesData: false,
      dataAt: text.length,
      hasMore,
    }
  }
}

/** `INSERT INTO values ...`: a table of that name, not the keyword. */
function isTableName(previous: Token): boolean {
  return previous.text === 'INTO' || previous.text === 'TABLE' || previous.text === '.'
}

/** A string literal. */
export function quoteString(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** An identifier. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}
