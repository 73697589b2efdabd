/**
 * How a command of the command line fails: one line `error CODE: what; what to do` on stderr and a stable exit code.
 */
import { ConfigError } from '../service/config.ts'
import { OperationalError } from '../topics/errors.ts'

/** The exit codes that scripts may rely on. */
export const EXIT = {
  ok: 0,
  /** What was asked is not so: differences found, a claim that failed, a change that was refused. */
  failed: 1,
  /** Wrong arguments or configuration. */
  usage: 2,
  /** A service that is needed can't be reached or is not set up. */
  environment: 3,
  /** A fault of the program itself. */
  internal: 70,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A failure that a command foresees. `what` and `help` are clauses without a full stop. */
export class CliError extends Error {
  override name = 'CliError'
  readonly exitCode: ExitCode
  readonly code: string
  readonly help: string
  constructor(exitCode: ExitCode, code: string, what: string, help: string) {
    super(what)
    this.exitCode = exitCode
    this.code = code
    this.help = help
  }
}

/** What is printed of a failure, and the code that the process ends with. */
export interface Failure {
  exitCode: ExitCode
  line: string
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
])

const failure = (exitCode: ExitCode, code: string, what: string, help: string): Failure => ({
  exitCode,
  line: `error ${code}: ${what.trim().replaceAll(/\s*\n\s*/g, ' | ')}; ${help}`,
})

/** The causes of an error, itself first, so that a refused connection is seen through whatever wraps it. */
function* causesOf(error: unknown): Generator<Error> {
  for (let at = error; at instanceof Error; at = at.cause) {
    yield at
    if (at instanceof AggregateError) for (const inner of at.errors) yield* causesOf(inner)
  }
}

const isNetworkError = (error: Error): boolean =>
  ('code' in error && typeof error.code === 'string' && NETWORK_CODES.has(error.code)) ||
  (error.name.startsWith('KafkaJS') &&
    /ECONN|ETIMEDOUT|ENOTFOUND|Connection (error|timeout)/i.test(error.message))

/** The broker's name for an error that it answered. */
const protocolTypeOf = (error: Error): string =>
  'type' in error && typeof error.type === 'string' ? error.type : ''

/** Kafka knows who we are and refuses, or does not believe who we say that we are. `message` is that of the whole error. */
function kafkaRefusal(cause: Error, message: string): Failure | undefined {
  if (cause.name === 'KafkaJSSASLAuthenticationError')
    return failure(
      EXIT.failed,
      'KAFKA_LOGIN_REFUSED',
      message,
      'correct KAFKA_USERNAME, KAFKA_PASSWORD and KAFKA_SASL_MECHANISM',
    )
  if (protocolTypeOf(cause).endsWith('_AUTHORIZATION_FAILED'))
    return failure(
      EXIT.failed,
      'KAFKA_ACCESS_REFUSED',
      message,
      'this principal lacks an ACL, and `topics acls` lists what each service needs',
    )
  return undefined
}

/** Turns whatever a command threw into its line and exit code. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof CliError) return failure(error.exitCode, error.code, error.message, error.help)
  if (error instanceof OperationalError)
    return failure(
      error.fault === 'refused' ? EXIT.failed : EXIT.environment,
      error.code,
      error.message,
      error.help,
    )
  if (error instanceof ConfigError)
    return failure(EXIT.usage, 'CONFIGURATION', error.message, 'correct the environment variables named')
  for (const cause of causesOf(error)) {
    const refusal = kafkaRefusal(cause, error instanceof Error ? error.message : cause.message)
    if (refusal !== undefined) return refusal
    if (isNetworkError(cause))
      return failure(
        EXIT.environment,
        'UNREACHABLE',
        `a service is not reachable (${cause.message})`,
        'is the stack up? see `make status`',
      )
  }
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return failure(EXIT.internal, 'INTERNAL', what, 'run again with DEBUG=1 for the stack trace')
}
