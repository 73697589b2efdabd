/** What the catalogue says of an error. */
export interface ErrorDefinition {
  /** HTTP status of an answer that carries the code. */
  httpStatus: number
  /** One sentence for the caller; the `detail` of a problem document. */
  detail: string
  /** What to do about it. */
  help: string
  /** True where the same request may succeed later; such a rejection is not remembered under its id. */
  retryable: boolean
}

export const define = <const T extends Record<string, ErrorDefinition>>(definitions: T): T => definitions
