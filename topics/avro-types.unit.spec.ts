/** The types that take over from avsc's own, against avsc's own: the same bytes, the same values, the same refusals. */
import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { avroType } from './avro.ts'

const SCHEMA: avsc.Schema = {
  type: 'record',
  name: 'Sample',
  fields: [
    { name: 'text', type: 'string' },
    { name: 'id', type: { type: 'string', logicalType: 'uuid' } },
    { name: 'maybeId', type: ['null', { type: 'string', logicalType: 'uuid' }] },
    { name: 'maybeText', type: ['null', 'string'] },
    { name: 'maybeLong', type: ['null', 'long'] },
    { name: 'maybeBoolean', type: ['null', 'boolean'] },
    { name: 'maybeColor', type: ['null', { type: 'enum', name: 'Color', symbols: ['RED', 'BLUE'] }] },
    {
      name: 'maybeInner',
      type: ['null', { type: 'record', name: 'Inner', fields: [{ name: 'name', type: 'string' }] }],
    },
    { name: 'either', type: ['string', 'null'] },
  ],
}
const ours = avroType(SCHEMA)
const theirs = avsc.Type.forSchema(SCHEMA, { wrapUnions: 'never' })

const text = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.constantFrom(
    '',
    'a'.repeat(63),
    'a'.repeat(64),
    'ä'.repeat(32),
    `${'a'.repeat(62)}ä`,
    '\u007f',
    '\u0080',
    '😀',
  ),
)
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary)
const sample = fc.record({
  text,
  id: text,
  maybeId: orNull(text),
  maybeText: orNull(text),
  maybeLong: orNull(fc.integer({ min: -(2 ** 52), max: 2 ** 52 })),
  maybeBoolean: orNull(fc.boolean()),
  maybeColor: orNull(fc.constantFrom('RED', 'BLUE')),
  maybeInner: orNull(fc.record({ name: text })),
  either: orNull(text),
})

describe('a value', () => {
  it('has the bytes that avsc gives it, and is read from them', () => {
    fc.assert(
      fc.property(sample, (value) => {
        const bytes = ours.toBuffer(value)
        expect(bytes.toString('hex')).toBe(theirs.toBuffer(value).toString('hex'))
        // Records of avsc are of classes of their own.
        expect({ ...ours.fromBuffer(bytes) }).toEqual({ ...theirs.fromBuffer(bytes) })
        expect(ours.fromBuffer(bytes)).toMatchObject(value)
      }),
      { numRuns: 1_000 },
    )
  })

  it('that does not fit its buffer says by how much, and leaves what is behind the buffer alone', () => {
    fc.assert(
      fc.property(sample, fc.nat(), (value, seed) => {
        const whole = ours.toBuffer(value)
        const room = seed % whole.length
        const shared = Buffer.alloc(room + 64, 0xee)
        expect(ours.encode(value, shared.subarray(0, room), 0)).toBe(room - whole.length)
        expect(shared.subarray(room).every((byte) => byte === 0xee)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([
    ['nothing where a text or null is due', { maybeText: undefined }],
    ['a number where a text is due', { text: 7 }],
    ['a number where a text with a logical type is due', { id: 7 }],
    ['a number where a text or null is due', { maybeText: 7 }],
    ['a text where a number or null is due', { maybeLong: '7' }],
    ['an unknown symbol', { maybeColor: 'GREEN' }],
    ['a text where a record or null is due', { maybeInner: 'name' }],
  ])('(%s) is refused', (_, change) => {
    const good = {
      text: '',
      id: '',
      maybeId: null,
      maybeText: null,
      maybeLong: null,
      maybeBoolean: null,
      maybeColor: null,
      maybeInner: null,
      either: null,
    }
    expect(() => ours.toBuffer(good)).not.toThrow()
    expect(() => ours.toBuffer({ ...good, ...change })).toThrow()
  })
})

describe('bytes', () => {
  const nullable = avroType(['null', 'string'])

  it.each([
    ['of no branch', Buffer.of(4)],
    ['of a branch in a wider notation', Buffer.of(0x82, 0)],
    ['that end before the value', Buffer.of(2)],
    ['that go on behind it', Buffer.of(0, 0)],
    ['that are none', Buffer.alloc(0)],
  ])('%s are refused', (_, bytes) => {
    expect(() => nullable.fromBuffer(bytes)).toThrow()
  })

  it('of another version of the schema are read by a resolver', () => {
    const writer = avroType({ type: 'record', name: 'R', fields: [{ name: 'a', type: ['null', 'string'] }] })
    const reader = avroType({
      type: 'record',
      name: 'R',
      fields: [
        { name: 'a', type: ['null', 'string'] },
        { name: 'b', type: ['null', 'long'], default: null },
      ],
    })
    const resolver = reader.createResolver(writer)
    for (const a of [null, 'x'])
      expect(reader.fromBuffer(writer.toBuffer({ a }), resolver)).toMatchObject({ a, b: null })
  })
})
