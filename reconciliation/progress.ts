/** How whoever asks for a reconciliation is shown how far it is. */

export interface Steps {
  /** What is counted, e.g. "offsets of the log". */
  unit: string
  /** Steps in all. */
  total: number
  read: () => { done: number; remark: string }
}

/** Begins to show steps; they are shown until `stop`. */
export type ShowProgress = (steps: Steps) => { stop: () => void }

export const showNothing: ShowProgress = () => ({ stop: () => undefined })
