import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BalanceUpdated, WalletCommand } from '../avro/types.ts'
import { avroTypeOf, readSchemaText } from './avro.ts'
import { TOPIC_NAMES, topicDefinition } from './catalogue.ts'
import { createCodec, PREFIX_BYTES, UndecodableError } from './codec.ts'
import type { SchemaSource } from './codec.ts'

const OURS = 7
const THEIRS = 8

/** A registry in memory: our schema has id 7, others are given. */
const sourceOf = (texts: Record<number, string> = {}): SchemaSource => ({
  idOf: async () => OURS,
  textOf: async (id) => texts[id],
})

const balance: BalanceUpdated = {
  event_id: '0198c1a2-7d00-7000-8000-000000000001',
  event_type: 'balance.updated',
  timestamp: 1_760_000_000_000,
  data: {
    partner_id: '0198c1a2-7d00-7000-8000-000000000002',
    player_id: 'player-1',
    wallets: [
      {
        wallet_id: '0198c1a2-7d00-7000-8000-000000000003',
        currency: 'EUR',
        balance: 9_999_999_999_999_999_999n,
        held: 0n,
        status: 'active',
        aml_hold: false,
        version: 3,
        created_at: 1_750_000_000_000,
        updated_at: 1_760_000_000_000,
      },
    ],
  },
}

const command: WalletCommand = {
  event_id: '0198c1a2-7d00-7000-8000-000000000001',
  event_type: 'wallet.command',
  timestamp: 1,
  data: {
    partner_id: '0198c1a2-7d00-7000-8000-000000000002',
    player_id: '선수-1',
    type: 'ADJUSTMENT',
    currency: 'KRW',
    amount: 105_000n,
    direction: 'DEBIT',
    game_id: null,
    round_id: null,
    campaign_id: null,
    transaction_id_partner: 't-1',
    reference_transaction_id_partner: null,
    transaction_id: null,
    win_type: null,
    round_closed: false,
    auto_approve: false,
    hold_expires_at: null,
    reason: 'correction',
    created_at: 1,
    ip_address: null,
    user_agent: null,
    country: null,
    metadata: null,
    reply_to: 0,
    player: null,
    actor: null,
    expected_version: null,
    provider_id: null,
  },
}

describe('the wire format', () => {
  it('is a zero byte, the id in four bytes and the Avro body', async () => {
    const codec = await createCodec('wallet.balance', sourceOf())
    const bytes = codec.encode(balance)
    const body = avroTypeOf(readSchemaText('wallet.balance')).toBuffer(balance)
    expect(bytes.subarray(0, 5).toString('hex')).toBe('0000000007')
    expect(bytes.subarray(5).equals(body)).toBe(true)
    expect(codec.decode(bytes)).toEqual(balance)
  })

  it('carries enums and null in unwrapped unions', async () => {
    const codec = await createCodec('wallet.command', sourceOf())
    expect(codec.decode(codec.encode(command))).toEqual(command)
    const withoutChoice = { ...command, data: { ...command.data, direction: null, amount: null } }
    expect(codec.decode(codec.encode(withoutChoice))).toEqual(withoutChoice)
  })

  it('carries values larger than the scratch buffer, and each value has its own bytes', async () => {
    const codec = await createCodec('wallet.command', sourceOf())
    const first = codec.encode(command)
    const large = { ...command, data: { ...command.data, metadata: 'x'.repeat(300_000) } }
    expect(codec.decode(codec.encode(large))).toEqual(large)
    expect(codec.decode(first)).toEqual(command)
  })

  it.each(TOPIC_NAMES)('carries any value of %s', async (topic) => {
    const codec = await createCodec(topic, sourceOf())
    const type = avroTypeOf(readSchemaText(topicDefinition(topic).schema))
    for (let round = 0; round < 50; round++) {
      const body = type.toBuffer(type.random())
      const bytes = Buffer.concat([Buffer.from([0, 0, 0, 0, OURS]), body])
      expect(codec.encode(codec.decode(bytes)).length).toBeGreaterThan(5)
      expect(codec.decode(codec.encode(codec.decode(bytes)))).toEqual(codec.decode(bytes))
    }
  })
})

describe('what can’t be decoded', () => {
  it.each([
    ['no bytes', Buffer.alloc(0)],
    ['a prefix alone', Buffer.from([0, 0, 0, 0, OURS])],
    ['another magic byte', Buffer.from([1, 0, 0, 0, OURS, 0])],
    ['plain JSON', Buffer.from('{"event_id":"x"}')],
  ])('is refused: %s', async (_, bytes) => {
    const codec = await createCodec('wallet.balance', sourceOf())
    expect(codec.unknownSchemaId(bytes)).toBe(undefined)
    expect(() => codec.decode(bytes)).toThrow(UndecodableError)
  })

  it('is refused where bytes are missing or left over, at any place', async () => {
    const codec = await createCodec('wallet.balance', sourceOf())
    const bytes = codec.encode(balance)
    for (let length = 0; length < bytes.length; length++)
      expect(() => codec.decode(bytes.subarray(0, length))).toThrow(UndecodableError)
    expect(() => codec.decode(Buffer.concat([bytes, Buffer.from([0])]))).toThrow('does not fit')
  })

  it('is refused, quickly and with one kind of error, whatever the bytes are', async () => {
    const codecs = await Promise.all(TOPIC_NAMES.map((topic) => createCodec(topic, sourceOf())))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
        for (const codec of codecs)
          try {
            codec.decode(Buffer.concat([Buffer.from([0, 0, 0, 0, OURS]), body]))
          } catch (error) {
            expect(error).toBeInstanceOf(UndecodableError)
          }
      }),
      { numRuns: 500 },
    )
  })

  it('is refused where a single bit of it was turned into a huge count', async () => {
    const codec = await createCodec('wallet.balance', sourceOf())
    const bytes = codec.encode({ ...balance, data: { ...balance.data, wallets: [] } })
    const hugeCount = Buffer.concat([bytes.subarray(0, -1), Buffer.from('feffffffff7f', 'hex')])
    expect(() => codec.decode(hugeCount)).toThrow('does not fit')
  })
})

describe('what was encoded', () => {
  it('stays as it is, whatever is encoded after it', async () => {
    const codec = await createCodec('wallet.command', sourceOf())
    const sizes = [1, 70_000, 10, 200_000, ...Array.from({ length: 2_000 }, (_, index) => index % 300)]
    const values = sizes.map((size, index) => ({
      ...command,
      timestamp: index,
      data: { ...command.data, user_agent: 'ü'.repeat(size) },
    }))
    const encoded = values.map((value) => codec.encode(value))
    expect(encoded.map((bytes) => codec.decode(bytes))).toEqual(values)
  })
})

describe('the schema of another writer', () => {
  const ofThem = (bytes: Buffer): Buffer => {
    const copy = Buffer.from(bytes)
    copy.writeInt32BE(THEIRS, 1)
    return copy
  }
  interface RecordSchema {
    fields: { name: string; type: unknown; default?: unknown }[]
  }
  /** The text of our balance schema with the fields of a wallet changed. */
  const walletFieldsChanged = (change: (wallet: RecordSchema) => void): string => {
    const schema = JSON.parse(readSchemaText('wallet.balance')) as RecordSchema
    const data = schema.fields.find(({ name }) => name === 'data')?.type as RecordSchema
    const wallets = data.fields.find(({ name }) => name === 'wallets')?.type as { items: RecordSchema }
    change(wallets.items)
    return JSON.stringify(schema)
  }
  /** A codec that has learned the text under id 8, and a value that was written with it. */
  const learned = async (text: string, value: unknown) => {
    const codec = await createCodec('wallet.balance', sourceOf({ [THEIRS]: text }))
    const body = avroTypeOf(text).toBuffer(value)
    const bytes = Buffer.concat([Buffer.from([0, 0, 0, 0, THEIRS]), body])
    expect(codec.unknownSchemaId(bytes)).toBe(THEIRS)
    expect(() => codec.decode(bytes)).toThrow('has not been learned')
    await codec.learn(THEIRS)
    expect(codec.unknownSchemaId(bytes)).toBe(undefined)
    return { codec, bytes }
  }

  it('with a field less is read with the default', async () => {
    const older = walletFieldsChanged((wallet) => {
      wallet.fields = wallet.fields.filter(({ name }) => name !== 'aml_hold')
    })
    const { codec, bytes } = await learned(older, balance)
    expect(codec.decode(bytes)).toEqual(balance)
  })

  it('with a field more is read without it', async () => {
    const newer = walletFieldsChanged((wallet) => {
      wallet.fields.splice(2, 0, { name: 'bonus', type: 'string' })
    })
    const [wallet] = balance.data.wallets
    const value = { ...balance, data: { ...balance.data, wallets: [{ ...wallet, bonus: 'b' }] } }
    const { codec, bytes } = await learned(newer, value)
    expect(codec.decode(bytes)).toEqual(balance)
  })

  it('with a symbol more is read until that symbol comes: who reads has to know it before it is written', async () => {
    const newer = readSchemaText('wallet.balance').replace(
      /"active",\s*"frozen"/,
      '"closed", "active", "frozen"',
    )
    expect(newer).not.toBe(readSchemaText('wallet.balance'))
    const { codec, bytes } = await learned(newer, balance)
    expect(codec.decode(bytes)).toEqual(balance)
    const [wallet] = balance.data.wallets
    const closed = { ...balance, data: { ...balance.data, wallets: [{ ...wallet, status: 'closed' }] } }
    const body = avroTypeOf(newer).toBuffer(closed)
    expect(() => codec.decode(Buffer.concat([bytes.subarray(0, PREFIX_BYTES), body]))).toThrow(
      'a symbol that this version does not know',
    )
  })

  it('that differs in its docs alone is read as ours', async () => {
    const text = readSchemaText('wallet.balance').replace('Spendable balance.', 'What can be spent.')
    const { codec, bytes } = await learned(text, balance)
    expect(codec.decode(bytes)).toEqual(balance)
  })

  it('with another scale of an amount makes its records undecodable', async () => {
    const text = readSchemaText('wallet.balance').replaceAll('"scale": 4', '"scale": 2')
    const codec = await createCodec('wallet.balance', sourceOf({ [THEIRS]: text }))
    await codec.learn(THEIRS)
    expect(() => codec.decode(ofThem(codec.encode(balance)))).toThrow('decimal(19,2) is not decimal(19,4)')
  })

  it.each([
    ['that is unknown to the registry', {}, 'is not known to the registry'],
    ['that is of another record', { [THEIRS]: '"string"' }, "can't be read as ours"],
    ['that is no Avro', { [THEIRS]: 'syntax = "proto3";' }, "can't be read as ours"],
  ])('%s makes its records undecodable, not the reader fail', async (_, texts, message) => {
    const codec = await createCodec('wallet.balance', sourceOf(texts))
    const bytes = ofThem(codec.encode(balance))
    expect(codec.unknownSchemaId(bytes)).toBe(THEIRS)
    await codec.learn(THEIRS)
    expect(codec.unknownSchemaId(bytes)).toBe(undefined)
    expect(() => codec.decode(bytes)).toThrow(message)
    expect(() => codec.decode(bytes)).toThrow(UndecodableError)
  })

  it('stays unknown while the registry can’t be asked', async () => {
    const codec = await createCodec('wallet.balance', {
      ...sourceOf(),
      textOf: () => Promise.reject(new Error('away')),
    })
    const bytes = ofThem(codec.encode(balance))
    await expect(codec.learn(THEIRS)).rejects.toThrow('away')
    expect(codec.unknownSchemaId(bytes)).toBe(THEIRS)
  })
})
