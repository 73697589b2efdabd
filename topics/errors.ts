/** What can go wrong around topics and schemas outside the path of a record, said so that an operator can act on it. */

/** unreachable: a service does not answer, try later. refused: a service or a check says no. missing: not set up yet. */
export type OperationalFault = 'unreachable' | 'refused' | 'missing'

export class OperationalError extends Error {
  override name = 'OperationalError'
  readonly code: string
  readonly fault: OperationalFault
  /** What to do about it, as one clause. */
  readonly help: string
  constructor(fault: OperationalFault, code: string, what: string, help: string, cause?: unknown) {
    super(what, cause === undefined ? undefined : { cause })
    this.code = code
    this.fault = fault
    this.help = help
  }
}
