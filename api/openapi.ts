/** The OpenAPI 3.1 document, made of the routes and their schemas. */
import { createDocument } from 'zod-openapi'
import type {
  ZodOpenApiOperationObject,
  ZodOpenApiParameters,
  ZodOpenApiPathsObject,
  ZodOpenApiResponseObject,
  ZodOpenApiResponsesObject,
} from 'zod-openapi'
import { z } from 'zod'
import { ERRORS } from '../domain/errors.ts'
import type { ErrorCode } from '../domain/errors.ts'
import { PROBLEM_CONTENT_TYPE, problemDocument } from './problem.ts'
import { impliedErrors } from './route.ts'
import type { DocumentedAnswer, Route } from './route.ts'
import { problemAnswer } from './schemas/answers.ts'
import { batchCommand } from './schemas/commands.ts'

export const OPENAPI_VERSION = '3.1.0'
const API_VERSION = '1.0.0'

const DESCRIPTION = `Wallets of players: deposits, bets, wins, rollbacks and withdrawals, each exactly once.

- **Amounts** are decimals with at most 4 decimals, as numbers or strings; they are read and answered without loss.
- **transaction_id_partner** is the idempotency key: the same id with the same payload repeats the first result
  (\`Idempotent-Replayed: true\`) and moves no money; with another payload it is a conflict (409).
- **200** means decided and committed. **202** means that the outcome is not known yet; ask \`status_url\`, or send the
  same command again.
- **X-API-Key** says who calls; a key has scopes, and each route names those that open it. The platform's operator acts for a
  partner with \`X-Partner-Id\`.
- **Rate limits**, where a partner has them, count the last 60 seconds: \`RateLimit\` says what is left, and 429 carries
  \`Retry-After\`.
- **Errors** are problem documents (RFC 9457) with a stable \`code\`, listed under \`GET /errors\`.`

/** Answers that say when to come back. */
const RETRY_STATUSES: ReadonlySet<number> = new Set([429, 503])

const TAGS = [
  { name: 'Wallet', description: 'Movements of money and balances.' },
  { name: 'Players', description: 'Who plays, and who has excluded himself from play.' },
  { name: 'Withdrawals', description: 'Steps that finish a withdrawal.' },
  { name: 'Transactions', description: 'What happened.' },
  { name: 'Partners', description: 'Partners, and who changed what.' },
  { name: 'API keys', description: 'Keys of a partner: issue, rotate, deactivate.' },
  {
    name: 'Webhooks',
    description: 'Where partners are told of what happens, by the Standard Webhooks specification.',
  },
  {
    name: 'AML',
    description:
      'Anti-money-laundering: alerts and the work on them, profiles, screening, and the rules that transactions are assessed by.',
  },
  {
    name: 'Reports',
    description:
      'What a partner’s players have played, paid and won: as JSON page by page, or as CSV in one go.',
  },
  { name: 'Games', description: 'Who provides games, and how the platform reaches them.' },
  { name: 'Service', description: 'Documents, health and metrics.' },
]

const REQUEST_ID_HEADER = z.string().meta({ description: 'Names the request in logs and problem documents.' })

const headersOf = (names: Readonly<Record<string, string>> = {}) =>
  z.object({
    'X-Request-Id': REQUEST_ID_HEADER,
    ...Object.fromEntries(
      Object.entries(names).map(([name, description]) => [name, z.string().optional().meta({ description })]),
    ),
  })

/** Links by the operation that they lead to. */
function linksOf(links: NonNullable<DocumentedAnswer['links']>): Pick<ZodOpenApiResponseObject, 'links'> {
  const named = new Map(
    Object.entries(links).map(([operationId, parameters]) => [operationId, { operationId, parameters }]),
  )
  return named.size === 0 ? {} : { links: Object.fromEntries(named) }
}

function answerObject(answer: DocumentedAnswer): ZodOpenApiResponseObject {
  const { description, schema, contentType, example, headers, links = {}, alternatives = {} } = answer
  if (schema === undefined && contentType === undefined) return { description, headers: headersOf(headers) }
  const type = contentType ?? 'application/json'
  const media = {
    schema: schema ?? z.string(),
    ...(example === undefined ? {} : { example }),
  }
  const others = Object.entries(alternatives).map(
    ([other, { description: form, example: text }]) =>
      [other, { schema: z.string().meta({ description: form }), example: text }] as const,
  )
  return {
    description,
    headers: headersOf(headers),
    content: { [type]: media, ...Object.fromEntries(others) },
    ...linksOf(links),
  }
}

const EXAMPLE_REQUEST_ID = '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b10'

/** Examples stand in the document as JSON would write them. */
const plain = (value: object): unknown => JSON.parse(JSON.stringify(value))

const problemExample = (code: ErrorCode): unknown =>
  plain(problemDocument(code, EXAMPLE_REQUEST_ID, code === 'INSUFFICIENT_FUNDS' ? { balance: 55_000n } : {}))

type StatusCode = `${1 | 2 | 3 | 4 | 5}${string}`
const isStatusCode = (text: string): text is StatusCode => /^[1-5]\d\d$/.test(text)

function byStatusCode(
  answers: readonly (readonly [status: string, answer: ZodOpenApiResponseObject])[],
): ZodOpenApiResponsesObject {
  const responses: ZodOpenApiResponsesObject = {}
  for (const [status, answer] of answers) if (isStatusCode(status)) responses[status] = answer
  return responses
}

/** One answer per status, with an example per code. */
function problemObjects(codes: readonly ErrorCode[]): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(new Set(codes), (code) => ERRORS[code].httpStatus)
  return byStatusCode(
    [...byStatus].map(([status, group]) => [
      String(status),
      {
        description: group.map((code) => `\`${code}\`: ${ERRORS[code].detail}`).join('\n\n'),
        headers: headersOf(
          RETRY_STATUSES.has(status) ? { 'Retry-After': 'Seconds after which to try again.' } : {},
        ),
        content: {
          [PROBLEM_CONTENT_TYPE]: {
            schema: problemAnswer,
            examples: Object.fromEntries(group.map((code) => [code, { value: problemExample(code) }])),
          },
        },
      },
    ]),
  )
}

function parametersOf(route: Route): ZodOpenApiParameters {
  const header = Object.entries(route.requestHeaders ?? {}).map(([name, { description, example }]) => [
    name === 'prefer' ? 'Prefer' : name,
    z.string().optional().meta({ description, example }),
  ])
  return {
    ...(route.params instanceof z.ZodObject ? { path: route.params } : {}),
    ...(route.query instanceof z.ZodObject ? { query: route.query } : {}),
    header: z.object({
      'X-Request-Id': z
        .string()
        .optional()
        .meta({ description: 'Taken over where it is sane, else made anew.', example: 'req-1' }),
      ...Object.fromEntries(header),
    }),
  }
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { operationId, tag, summary, description, body, scopes } = route
  const scopeText = scopes === null ? '' : `Scope: ${scopes.map((scope) => `\`${scope}\``).join(' or ')}.`
  return {
    operationId,
    tags: [tag],
    summary,
    description: [description, scopeText].filter((part) => part !== undefined && part !== '').join('\n\n'),
    security: scopes === null ? [] : [{ apiKey: [] }],
    requestParams: parametersOf(route),
    ...(body.bytesMax === 0
      ? {}
      : {
          requestBody: {
            required: !body.optional,
            content: { 'application/json': { schema: body.schema, example: body.example } },
          },
        }),
    responses: {
      ...byStatusCode(
        Object.entries(route.answers).map(([status, answer]) => [status, answerObject(answer)]),
      ),
      ...problemObjects([...impliedErrors(route), ...route.errors]),
    },
  }
}

/** Made once at start. */
export function openApiDocument(routes: readonly Route[]): object {
  const paths: ZodOpenApiPathsObject = {}
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) }
  return createDocument({
    openapi: OPENAPI_VERSION,
    info: { title: 'Stakestream', version: API_VERSION, description: DESCRIPTION },
    servers: [{ url: '/' }],
    tags: TAGS,
    security: [{ apiKey: [] }],
    paths,
    components: {
      // The frame of a batch refers to its items by name, since it does not validate them itself.
      schemas: { BatchCommand: batchCommand },
      securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
    },
  })
}
