import { Validator } from '@seriousme/openapi-schema-validator'
import { z } from 'zod'
import { describe, expect, it } from 'vitest'
import { ERRORS } from '../domain/errors.ts'
import type { ErrorCode } from '../domain/errors.ts'
import { parseJson } from './json.ts'
import { openApiDocument } from './openapi.ts'
import { impliedErrors } from './route.ts'
import { testRoutes } from './testing/app.ts'

const routes = testRoutes()

const media = z.object({
  example: z.unknown().optional(),
  examples: z.record(z.string(), z.unknown()).optional(),
})
const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()).min(1),
  requestBody: z.object({ content: z.record(z.string(), media) }).optional(),
  responses: z.record(z.string(), z.object({ content: z.record(z.string(), media).default({}) })),
})
const document = z.object({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
})

const parsed = document.parse(openApiDocument(routes))
const operationOf = (path: string, method: string) => parsed.paths[path]?.[method.toLowerCase()]

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const plain = z.record(z.string(), z.unknown()).parse(JSON.parse(JSON.stringify(openApiDocument(routes))))
    expect(await new Validator().validate(plain)).toEqual({ valid: true })
    expect(parsed.openapi).toMatch(/^3\.1\./)
  })

  it('names every operation once', () => {
    const ids = routes.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s has an operation with examples and all its error codes',
    (_name, route) => {
      const found = operationOf(route.path, route.method)
      expect(found?.operationId).toBe(route.operationId)
      if (route.body.bytesMax > 0)
        expect(found?.requestBody?.content['application/json']?.example).toBeDefined()
      for (const [status, answer] of Object.entries(route.answers)) {
        if (answer.schema === undefined) continue
        expect(found?.responses[status]?.content['application/json']?.example, status).toBeDefined()
      }
      const codes = new Set<ErrorCode>([...impliedErrors(route), ...route.errors])
      for (const code of codes) {
        const content = found?.responses[String(ERRORS[code].httpStatus)]?.content['application/problem+json']
        expect(Object.keys(content?.examples ?? {}), code).toContain(code)
      }
    },
  )

  it.each(routes.filter(({ body }) => body.bytesMax > 0).map((route) => [route.operationId, route] as const))(
    'gives an example of %s that its own schema takes',
    (_name, { body }) => {
      expect(body.schema.safeParse(asParsed(body.example)).success).toBe(true)
    },
  )

  it.each(
    routes.flatMap((route) =>
      Object.entries(route.answers).flatMap(([status, { schema, example }]) =>
        schema === undefined ? [] : [[`${route.operationId} ${status}`, schema, example] as const],
      ),
    ),
  )('gives an example of %s that fits its schema', (_name, schema, example) => {
    expect(schema.safeParse(example).error?.issues).toBeUndefined()
  })

  it('requires what the bodies require', () => {
    const bet = z.object({ required: z.array(z.string()) }).parse(parsed.components.schemas['Bet'])
    expect(bet.required.toSorted()).toEqual(['amount', 'currency', 'game_id', 'round_id'])
  })
})

/** As the API reads it: numbers keep their digits. */
const asParsed = (value: unknown): unknown => parseJson(Buffer.from(JSON.stringify(value)))
