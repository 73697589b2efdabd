import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { generateTypes } from './generate.ts'

it('avro/types.ts is what the schemas give (npm run generate:types)', () => {
  expect(readFileSync(new URL('types.ts', import.meta.url), 'utf8') === generateTypes()).toBe(true)
})
