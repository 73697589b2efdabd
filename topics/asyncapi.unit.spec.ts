import { AvroSchemaParser } from '@asyncapi/avro-schema-parser'
import { DiagnosticSeverity, Parser } from '@asyncapi/parser'
import { describe, expect, it } from 'vitest'
import { asyncApiDocument, asyncApiText, readAsyncApi } from './asyncapi.ts'
import { topicDefinition, TOPIC_NAMES } from './catalogue.ts'

describe('docs/asyncapi.json', () => {
  it('is what the catalogue gives (npm run generate:asyncapi)', () => {
    expect(readAsyncApi() === asyncApiText(asyncApiDocument())).toBe(true)
  })

  it('is a valid AsyncAPI 3 document with Avro payloads', async () => {
    const parser = new Parser()
    parser.registerSchemaParser(AvroSchemaParser())
    const { document, diagnostics } = await parser.parse(readAsyncApi())
    expect(diagnostics.filter(({ severity }) => severity <= DiagnosticSeverity.Warning)).toEqual([])
    expect(document?.version()).toBe('3.0.0')
    expect(
      document
        ?.channels()
        .all()
        .map((channel) => channel.address()),
    ).toEqual([...TOPIC_NAMES])
    const payload = document?.messages().all()[0]?.payload()
    expect(Object.keys(payload?.properties() ?? {})).toEqual(['event_id', 'event_type', 'timestamp', 'data'])
  }, 30_000)

  it('names everyone who writes or reads a topic', () => {
    const { operations } = asyncApiDocument()
    const expected = TOPIC_NAMES.flatMap((name) => {
      const { writtenBy, readBy } = topicDefinition(name)
      return [
        ...writtenBy.map((who) => `${who}.send.${name}`),
        ...readBy.map((who) => `${who}.receive.${name}`),
      ]
    })
    expect(Object.keys(operations as object)).toEqual(expected)
  })
})
