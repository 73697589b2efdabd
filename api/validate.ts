/** Runs a schema over parsed input and says every fault as a problem document does. */
import type { z } from 'zod'
import type { RequestErrorCode } from '../domain/errors.ts'
import { ApiError } from './problem.ts'
import type { FieldError } from './problem.ts'

/** Faults named in one answer: more than any document has fields; the rest would only repeat them. */
const FIELD_ERRORS_MAX = 100
/** Characters of a path: it may hold keys of the caller. */
const PATH_CHARS_MAX = 200

const AMOUNT_FAULTS: ReadonlySet<string> = new Set([
  'NOT_A_DECIMAL',
  'TOO_MANY_DECIMALS',
  'OUT_OF_RANGE',
  'NOT_POSITIVE',
])

/** Zod's own issue codes in the catalogue's manner. */
const FAULTS: Readonly<Record<string, string>> = {
  invalid_type: 'INVALID_TYPE',
  too_big: 'TOO_BIG',
  too_small: 'TOO_SMALL',
  invalid_format: 'INVALID_FORMAT',
  unrecognized_keys: 'UNKNOWN_FIELD',
  invalid_value: 'INVALID_VALUE',
  invalid_union: 'INVALID_VALUE',
}

const pathOf = (prefix: string, path: readonly PropertyKey[]): string =>
  [...(prefix === '' ? [] : [prefix]), ...path.map(String)].join('.').slice(0, PATH_CHARS_MAX)

function faultOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom') {
    const own: unknown = issue.params?.['fault']
    return typeof own === 'string' ? own : 'INVALID_VALUE'
  }
  // zod knows no "missing": a required field that is absent is an undefined of the wrong type or value.
  if ('input' in issue && issue.input === undefined) return 'REQUIRED'
  return FAULTS[issue.code] ?? 'INVALID_VALUE'
}

/** zod names the class of what it got, and a number that kept its digits is an object to it. */
function messageOf(issue: z.core.$ZodIssue, code: string): string {
  if (code === 'REQUIRED' && issue.code !== 'custom') return 'is required'
  if (issue.code === 'invalid_type') return `must be a ${issue.expected}`
  return issue.message
}

function* fieldErrors(issues: readonly z.core.$ZodIssue[], prefix: string): Generator<FieldError> {
  for (const issue of issues)
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys)
        yield {
          path: pathOf(prefix, [...issue.path, key]),
          message: 'is not a known field',
          code: 'UNKNOWN_FIELD',
        }
    else {
      const code = faultOf(issue)
      yield {
        path: pathOf(prefix, issue.path),
        message: messageOf(issue, code),
        code,
      }
    }
}

/** Parsed output, or the refusal. `prefix` stands before every path, such as "query". */
export type Validated<T> = { ok: true; value: T } | { ok: false; error: ApiError }

export function validate<T extends z.ZodType>(
  schema: T,
  input: unknown,
  prefix = '',
): Validated<z.output<T>> {
  // `reportInput` is costly and only needed to tell "missing" from "wrong", so it is asked for on a second run.
  const parsed = schema.safeParse(input)
  if (parsed.success) return { ok: true, value: parsed.data }
  const again = schema.safeParse(input, { reportInput: true })
  const issues = again.success ? parsed.error.issues : again.error.issues
  const errors = fieldErrors(issues, prefix).take(FIELD_ERRORS_MAX).toArray()
  const isAmount = errors.every((error) => AMOUNT_FAULTS.has(error.code) && /(^|\.)amount$/.test(error.path))
  const code: RequestErrorCode = isAmount ? 'INVALID_AMOUNT' : 'VALIDATION_FAILED'
  return { ok: false, error: new ApiError(code, { errors }) }
}

/** The same, thrown. */
export function validated<T extends z.ZodType>(schema: T, input: unknown, prefix = ''): z.output<T> {
  const result = validate(schema, input, prefix)
  if (!result.ok) throw result.error
  return result.value
}
