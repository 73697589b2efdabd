/**
 * The engine: chDB over one path. Every request gets a connection of its own, which costs a quarter of a millisecond:
 * settings and parameters that one request set can't leak into another, and queries run side by side.
 */
import { Session } from 'chdb'
import { z } from 'zod'
import { ClickHouseError } from './errors.ts'
import { quoteName, quoteString } from './sql.ts'

/** What a request sets before its statement. */
export interface Scope {
  readonly database: string | undefined
  readonly settings: ReadonlyMap<string, string>
  /** Values of `{name:Type}`, in the escaping of ClickHouse's TabSeparated format. */
  readonly params: ReadonlyMap<string, string>
}

export interface EngineResult {
  readonly bytes: Uint8Array
  readonly rowsRead: number
  readonly bytesRead: number
  readonly elapsedMs: number
}

interface NamedSession {
  readonly connection: Session
  busy: boolean
  timer: NodeJS.Timeout | undefined
}

/** SET in one statement; `readonly` comes last, because nothing can be set after it. */
function setStatement(scope: Scope): string | undefined {
  const settings = [...scope.settings].sort(([a], [b]) => Number(a === 'readonly') - Number(b === 'readonly'))
  const parts = [
    ...[...scope.params].map(([name, value]) => `${quoteName(`param_${name}`)} = ${quoteString(value)}`),
    ...settings.map(([name, value]) => `${quoteName(name)} = ${quoteString(value)}`),
  ]
  return parts.length === 0 ? undefined : `SET ${parts.join(', ')}`
}

export class Engine {
  readonly #path: string
  /** Keeps the engine open while no request is running. */
  readonly #anchor: Session
  readonly #sessions = new Map<string, NamedSession>()

  constructor(path: string) {
    this.#path = path
    // Where `BACKUP … TO File('name')` may write; chDB packs no archives, so that a backup is a folder.
    this.#anchor = new Session(path, { connectionArgs: [`--backups.allowed_path=${path}.backups/`] })
  }

  /** The engine's version, e.g. "26.7.2.1". */
  async version(): Promise<string> {
    const { bytes } = await this.#query(this.#anchor, 'SELECT version()', 'TSVRaw')
    return Buffer.from(bytes).toString().trim()
  }

  /** Runs one statement on a connection of its own. Throws the engine's error. */
  async run(sql: string, format: string, scope: Scope): Promise<EngineResult> {
    const connection = new Session(this.#path)
    try {
      await this.#enter(connection, scope)
      return await this.#query(connection, sql, format)
    } finally {
      connection.close()
    }
  }

  /**
   * Runs one statement in a named session, whose temporary tables and SETs live on until `timeoutMs` after its last use.
   * Throws `ClickHouseError` when the session is in use, or unknown though it `mustExist`.
   */
  async runInSession(
    sql: string,
    format: string,
    scope: Scope,
    session: { readonly id: string; readonly timeoutMs: number; readonly mustExist: boolean },
  ): Promise<EngineResult> {
    const named = this.#lockSession(session.id, session.mustExist)
    try {
      const undo = await this.#undoOf(named.connection, scope)
      try {
        await this.#enter(named.connection, scope)
        return await this.#query(named.connection, sql, format)
      } finally {
        for (const statement of undo) await this.#query(named.connection, statement, 'Null')
      }
    } finally {
      named.busy = false
      named.timer = setTimeout(() => {
        this.#closeSession(session.id)
      }, session.timeoutMs)
      named.timer.unref()
    }
  }

  close(): void {
    for (const id of [...this.#sessions.keys()]) this.#closeSession(id)
    this.#anchor.close()
  }

  #lockSession(id: string, mustExist: boolean): NamedSession {
    const found = this.#sessions.get(id)
    if (found?.busy)
      throw new ClickHouseError(373, 'SESSION_IS_LOCKED', `Session ${id} is locked by a concurrent client`)
    if (found === undefined && mustExist) {
      throw new ClickHouseError(372, 'SESSION_NOT_FOUND', `Session ${id} not found`)
    }
    const named = found ?? { connection: new Session(this.#path), busy: false, timer: undefined }
    clearTimeout(named.timer)
    named.busy = true
    this.#sessions.set(id, named)
    return named
  }

  #closeSession(id: string): void {
    const named = this.#sessions.get(id)
    if (named === undefined || named.busy) return
    clearTimeout(named.timer)
    this.#sessions.delete(id)
    named.connection.close()
  }

  async #enter(connection: Session, scope: Scope): Promise<void> {
    if (scope.database !== undefined)
      await this.#query(connection, `USE ${quoteName(scope.database)}`, 'Null')
    const set = setStatement(scope)
    if (set !== undefined) await this.#query(connection, set, 'Null')
  }

  /** Statements that take a session back to where it is now, since a request's settings are the request's alone. */
  async #undoOf(connection: Session, scope: Scope): Promise<readonly string[]> {
    if (scope.settings.has('readonly')) {
      throw new ClickHouseError(
        48,
        'NOT_IMPLEMENTED',
        'The local ClickHouse has no readonly inside a session',
      )
    }
    const undo: string[] = []
    if (scope.database !== undefined) {
      const { bytes } = await this.#query(connection, 'SELECT currentDatabase()', 'TSVRaw')
      undo.push(`USE ${quoteName(Buffer.from(bytes).toString().trimEnd())}`)
    }
    if (scope.settings.size === 0) return undo
    const names = [...scope.settings.keys()].map(quoteString).join(', ')
    const sql = `SELECT name, value FROM system.settings WHERE changed AND name IN (${names})`
    const { bytes } = await this.#query(connection, sql, 'JSONCompactStrings')
    const changed = changedSettings(Buffer.from(bytes).toString())
    for (const name of scope.settings.keys()) {
      const before = changed.get(name)
      undo.push(`SET ${quoteName(name)} = ${before === undefined ? 'DEFAULT' : quoteString(before)}`)
    }
    return undo
  }

  async #query(connection: Session, sql: string, format: string): Promise<EngineResult> {
    const result = await connection.queryAsync(sql, { format })
    return {
      bytes: result.bytes(),
      rowsRead: result.rowsRead,
      bytesRead: result.bytesRead,
      elapsedMs: result.elapsed * 1000,
    }
  }
}

const rowsSchema = z.object({ data: z.array(z.tuple([z.string(), z.string()])) })

function changedSettings(json: string): ReadonlyMap<string, string> {
  return new Map(rowsSchema.parse(JSON.parse(json)).data)
}
