/** The routes about the service itself: documents, errors, health, metrics. */
import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Registry } from '@prometheus-io/client'
import { z } from 'zod'
import { ERRORS } from '../../domain/errors.ts'
import { ERROR_CODES, problemTitle } from '../problem.ts'
import { NO_BODY, NO_PARAMS, NO_QUERY, openRoute } from '../route.ts'
import type { Answer, Route } from '../route.ts'

export interface ServiceParts {
  registry: Registry
  /** Whether commands can be taken on, and the state of each part that this hangs on. */
  readiness: () => { ready: boolean; parts: Record<string, unknown> }
  /** Text of the OpenAPI document; asked when it is served, since it is made of these routes too. */
  openApiText: () => string
}

const nothing = { params: NO_PARAMS, query: NO_QUERY, body: NO_BODY, tag: 'Service', method: 'GET' } as const

const errorList = z
  .strictObject({
    data: z.array(
      z.strictObject({
        code: z.string(),
        title: z.string(),
        status: z.number().int(),
        detail: z.string(),
        help: z.string(),
        retryable: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'ErrorList' })

const errorsText = JSON.stringify({
  data: ERROR_CODES.map((code) => {
    const { httpStatus: status, detail, help, retryable } = ERRORS[code]
    return { code, title: problemTitle(code), status, detail, help, retryable }
  }),
})

const health = z
  .strictObject({
    status: z.enum(['live', 'ready', 'not ready']),
    parts: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Health' })

const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Stakestream API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`

const DOCS_START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true })\n`

/** Only what the page itself brings may run: no inline scripts, no other hosts. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

const DOCS_HEADERS = { 'Content-Security-Policy': DOCS_POLICY } as const

const swaggerFolder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))

interface DocsFile {
  name: string
  operationId: string
  contentType: 'text/javascript' | 'text/css'
  read: () => Promise<Buffer> | Buffer
}

/** A route each: no part of a path ever names a file. */
const DOCS_FILES: readonly DocsFile[] = [
  {
    name: 'start.js',
    operationId: 'docsStart',
    contentType: 'text/javascript',
    read: () => Buffer.from(DOCS_START),
  },
  {
    name: 'swagger-ui.css',
    operationId: 'docsStyle',
    contentType: 'text/css',
    // oxlint-disable-next-line security/detect-non-literal-fs-filename -- made of constants
    read: () => readFile(join(swaggerFolder, 'swagger-ui.css')),
  },
  {
    name: 'swagger-ui-bundle.js',
    operationId: 'docsScript',
    contentType: 'text/javascript',
    // oxlint-disable-next-line security/detect-non-literal-fs-filename -- made of constants
    read: () => readFile(join(swaggerFolder, 'swagger-ui-bundle.js')),
  },
]

const docsRoutes = (): Route[] => [
  openRoute({
    ...nothing,
    path: '/docs',
    operationId: 'docs',
    summary: 'This document as a page',
    answers: { 200: { description: 'A page.', contentType: 'text/html' } },
    errors: [],
    handle: (): Answer => ({
      status: 200,
      body: DOCS_PAGE,
      contentType: 'text/html; charset=utf-8',
      headers: DOCS_HEADERS,
    }),
  }),
  ...DOCS_FILES.map(({ name, operationId, contentType, read }) =>
    openRoute({
      ...nothing,
      path: `/docs/${name}`,
      operationId,
      summary: `The page's ${name}`,
      answers: { 200: { description: 'Script or style.', contentType } },
      errors: [],
      handle: async (): Promise<Answer> => ({
        status: 200,
        body: await read(),
        contentType: `${contentType}; charset=utf-8`,
        headers: DOCS_HEADERS,
      }),
    }),
  ),
]

const healthRoutes = ({ readiness }: ServiceParts): Route[] => [
  openRoute({
    ...nothing,
    path: '/health/live',
    operationId: 'live',
    summary: 'Whether the process runs',
    answers: { 200: { description: 'It does.', schema: health, example: { status: 'live' } } },
    errors: [],
    handle: (): Answer => ({ status: 200, body: '{"status":"live"}' }),
  }),
  openRoute({
    ...nothing,
    path: '/health/ready',
    operationId: 'ready',
    summary: 'Whether commands can be taken on',
    description:
      'Hangs on Kafka alone; the state of PostgreSQL is told beside it. A process that is told to end answers 503 from then on, and ' +
      'serves on until load balancers have noticed.',
    answers: {
      200: {
        description: 'They can.',
        schema: health,
        example: { status: 'ready', parts: { producer: 'connected' } },
      },
      503: {
        description: 'Not now.',
        schema: health,
        example: { status: 'not ready', parts: { producer: 'down' } },
      },
    },
    errors: [],
    handle: (): Answer => {
      const { ready, parts } = readiness()
      return {
        status: ready ? 200 : 503,
        body: JSON.stringify({ status: ready ? 'ready' : 'not ready', parts }),
      }
    },
  }),
]

export const serviceRoutes = (parts: ServiceParts): Route[] => [
  ...healthRoutes(parts),
  openRoute({
    ...nothing,
    path: '/metrics',
    operationId: 'metrics',
    summary: 'Metrics for Prometheus',
    answers: { 200: { description: 'Text exposition format.', contentType: 'text/plain' } },
    errors: [],
    handle: async (): Promise<Answer> => ({
      status: 200,
      body: await parts.registry.metrics(),
      contentType: parts.registry.contentType,
    }),
  }),
  openRoute({
    ...nothing,
    path: '/errors',
    operationId: 'errors',
    summary: 'All error codes',
    answers: {
      200: {
        description: 'The catalogue.',
        schema: errorList,
        example: {
          data: [
            {
              code: 'INSUFFICIENT_FUNDS',
              title: problemTitle('INSUFFICIENT_FUNDS'),
              status: 400,
              detail: ERRORS.INSUFFICIENT_FUNDS.detail,
              help: ERRORS.INSUFFICIENT_FUNDS.help,
              retryable: false,
            },
          ],
        },
      },
    },
    errors: [],
    handle: (): Answer => ({ status: 200, body: errorsText }),
  }),
  openRoute({
    ...nothing,
    path: '/openapi.json',
    operationId: 'openapi',
    summary: 'This document',
    answers: {
      200: {
        description: 'OpenAPI 3.1.',
        schema: z.record(z.string(), z.unknown()),
        example: { openapi: '3.1.0' },
      },
    },
    errors: [],
    handle: (): Answer => ({ status: 200, body: parts.openApiText() }),
  }),
  ...docsRoutes(),
]
