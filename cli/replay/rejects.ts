/** Rows that are no commands: the first few on stderr, all of them in a file. */
import { createWriteStream } from 'node:fs'
import type { WriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { finished } from 'node:stream/promises'
import type { RejectedRow } from './row.ts'

/** Bad rows that are printed; the rest is in the file only. */
export const PRINTED_MAX = 10

export class Rejects {
  readonly #file: string
  readonly #print: (text: string) => void
  #stream: WriteStream | undefined
  #count = 0

  constructor(file: string, print: (text: string) => void) {
    this.#file = file
    this.#print = print
  }

  get count(): number {
    return this.#count
  }

  /** The file, where there is one. */
  get file(): string | undefined {
    return this.#count > 0 ? this.#file : undefined
  }

  async add({ line, reason }: RejectedRow): Promise<void> {
    if (this.#stream === undefined) {
      await mkdir(dirname(this.#file), { recursive: true })
      this.#stream = createWriteStream(this.#file)
      this.#stream.write('line,reason\n')
    }
    this.#count++
    if (this.#count <= PRINTED_MAX) this.#print(`line ${line} is passed over: ${reason}`)
    if (this.#count === PRINTED_MAX + 1) this.#print(`further bad lines are in ${this.#file}`)
    const room = this.#stream.write(`${line},"${reason.replaceAll('"', '""')}"\n`)
    if (!room) await new Promise<void>((resolve) => this.#stream?.once('drain', resolve))
  }

  async close(): Promise<void> {
    if (this.#stream === undefined) return
    this.#stream.end()
    await finished(this.#stream)
  }
}
