import { describe, expect, it } from 'vitest'
import { ConfigError } from '../service/config.ts'
import { OperationalError } from '../topics/errors.ts'
import { CliError, describeFailure, EXIT } from './errors.ts'

describe('a failure is one line, and its exit code is', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })
  const unauthorized = Object.assign(new Error('Not authorized'), { type: 'TOPIC_AUTHORIZATION_FAILED' })
  const wrongPassword = Object.assign(new Error('authentication failed'), {
    name: 'KafkaJSSASLAuthenticationError',
  })
  it.each([
    [
      'the one that the command names',
      new CliError(EXIT.usage, 'NO_FILE', 'no file', 'name one'),
      2,
      'error NO_FILE: no file; name one',
    ],
    [
      '1 for a refusal',
      new OperationalError('refused', 'TOPICS_REFUSED', 'no', 'decide'),
      1,
      'error TOPICS_REFUSED: no; decide',
    ],
    [
      '3 for a service away',
      new OperationalError('unreachable', 'KAFKA_UNREACHABLE', 'away', 'start it'),
      3,
      'error KAFKA_UNREACHABLE: away; start it',
    ],
    [
      '3 for what is not set up',
      new OperationalError('missing', 'SCHEMA_NOT_REGISTERED', 'none', 'apply'),
      3,
      'error SCHEMA_NOT_REGISTERED: none; apply',
    ],
    [
      '2 for a wrong variable',
      new ConfigError('not valid.\n  A: wrong\n  B: wrong'),
      2,
      'error CONFIGURATION: not valid. | A: wrong | B: wrong; correct the environment variables named',
    ],
    [
      '3 for a refused connection, however deep',
      new Error('query failed', { cause: new AggregateError([refused]) }),
      3,
      'error UNREACHABLE: a service is not reachable (connect ECONNREFUSED 127.0.0.1:5432); is the stack up? see `make status`',
    ],
    [
      '1 for a login that Kafka refuses',
      wrongPassword,
      1,
      'error KAFKA_LOGIN_REFUSED: authentication failed; correct KAFKA_USERNAME, KAFKA_PASSWORD and KAFKA_SASL_MECHANISM',
    ],
    [
      '1 for a right that is missing, by the name that it was given',
      new Error('lacks the ACL Read on topic x', { cause: unauthorized }),
      1,
      'error KAFKA_ACCESS_REFUSED: lacks the ACL Read on topic x; this principal lacks an ACL, and `topics acls` lists what each service needs',
    ],
    [
      '70 for a fault of ours',
      new TypeError('x is not a function'),
      70,
      'error INTERNAL: TypeError: x is not a function; run again with DEBUG=1 for the stack trace',
    ],
    [
      '70 for anything else that was thrown',
      'text',
      70,
      'error INTERNAL: text; run again with DEBUG=1 for the stack trace',
    ],
  ])('%s', (_, error, exitCode, line) => {
    expect(describeFailure(error)).toEqual({ exitCode, line })
  })
})
