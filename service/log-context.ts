/** What the log lines of one piece of work have in common: found through its asynchronous calls, and gone when it ends. */
import { AsyncLocalStorage } from 'node:async_hooks'

export interface LogFields {
  request_id: string
  /** Once it is known who calls. */
  partner_id?: string
  /** Where traces are on. */
  trace_id?: string
  span_id?: string
}

/** Empty once the work is done: what was begun in it and lives longer, such as a connection, logs in nobody's name. */
interface Holder {
  fields: LogFields | undefined
}

const work = new AsyncLocalStorage<Holder>()

/** Runs work whose lines carry these fields; they may still be added to. */
export async function withLogFields(fields: LogFields, run: () => Promise<void>): Promise<void> {
  const holder: Holder = { fields }
  try {
    await work.run(holder, run)
  } finally {
    holder.fields = undefined
  }
}

/** The fields of the work that this is part of; a new object each time. */
export const currentLogFields = (): object => ({ ...work.getStore()?.fields })
