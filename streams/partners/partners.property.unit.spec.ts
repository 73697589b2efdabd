/** Any sequence of commands: what always holds of what is sent, and that a restore gives the store to the byte. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { AmlRules, ApiKey, GameProvider, Partner, PartnerCommand, Webhook } from '../../avro/types.ts'
import { PARTNER_ERRORS } from '../../domain/errors.ts'
import { ACTIVE_KEYS_MAX, OPEN_KEYS_MAX, WEBHOOKS_MAX, WEBHOOK_SECRETS_MAX } from './limits.ts'
import { PartnersLogic } from './logic.ts'
import type { PartnersCodecs } from './logic.ts'
import { commandOf, draft } from './testing/arbitrary.ts'
import type { Draft } from './testing/arbitrary.ts'
import {
  Bench,
  MapStore,
  create,
  createWebhook,
  issue,
  logRecord,
  newKey,
  testCodecs,
  webhookId,
} from './testing/fixtures.ts'
import type { SentRecord } from './testing/fixtures.ts'

/** Sequences per property; more of them with PROPERTY_RUNS. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 100)
const SAMPLE_RUNS = 300
const LENGTH_MAX = 80
const TOPICS = [
  'partner.profile.updated',
  'partner.api-key.updated',
  'partner.webhook.updated',
  'aml.rules.updated',
  'game.provider.updated',
  'game.updated',
  'audit.entry.recorded',
]

// A guard against hanging, not a measure.
vi.setConfig({ testTimeout: 60_000 + RUNS * 200 })

let codecs: PartnersCodecs
beforeAll(async () => {
  codecs = await testCodecs()
})

const drafts = fc.array(draft, { maxLength: LENGTH_MAX, size: 'max' })
/** Whether a partner has almost as many keys and endpoints as he may have before it begins. */
const crowded = fc.boolean()
const picks = fc.array(fc.nat(5), { minLength: 1, maxLength: 7 })

interface Run {
  bench: Bench
  commands: PartnerCommand[]
}

function play(list: readonly Draft[], isCrowded: boolean): Run {
  const bench = new Bench(codecs)
  if (isCrowded) {
    bench.send(create())
    for (let number = 0; number < ACTIVE_KEYS_MAX - 1; number++) bench.send(issue(newKey(1000 + number)))
    for (let number = 0; number < WEBHOOKS_MAX - 1; number++)
      bench.send(createWebhook(webhookId(1000 + number)))
  }
  const commands: PartnerCommand[] = []
  for (const each of list) {
    const command = commandOf(each, bench.state, commands)
    // The ids of the crowd come from the same source.
    const own = { ...command, event_id: command.event_id.replace('-4000-', '-4001-') }
    commands.push(own)
    bench.process(own)
  }
  return { bench, commands }
}

/** The newest of each, after each command in turn. */
function* states({
  bench,
}: Run): Iterable<{ partners: Map<string, Partner>; keys: Map<string, ApiKey>; nowMs: number }> {
  const partners = new Map<string, Partner>()
  const keys = new Map<string, ApiKey>()
  for (const { topic, value } of bench.output.sent) {
    if (topic === 'partner.profile.updated') {
      const { data } = codecs.partner.decode(value)
      partners.set(data.partner_id, data)
    } else if (topic === 'partner.api-key.updated') {
      const { data } = codecs.key.decode(value)
      keys.set(data.key_id, data)
    } else if (topic === 'audit.entry.recorded')
      yield { partners, keys, nowMs: codecs.audit.decode(value).timestamp }
  }
}

const isUnique = (texts: readonly (string | null)[]): boolean => {
  const given = texts.filter((text) => text !== null)
  return new Set(given).size === given.length
}

describe('whatever is asked', () => {
  it('contact addresses and prefixes are unique, and keys stay within their limits', () => {
    fc.assert(
      fc.property(drafts, crowded, (list, isCrowded) => {
        let latestMs = 0
        for (const { partners, keys, nowMs } of states(play(list, isCrowded))) {
          expect(isUnique([...partners.values()].map((partner) => partner.contact_email_hash))).toBe(true)
          expect(isUnique([...keys.values()].map((key) => key.key_prefix))).toBe(true)
          latestMs = Math.max(latestMs, nowMs)
          for (const partnerId of partners.keys()) {
            const open = [...keys.values()].filter(
              (key) =>
                key.partner_id === partnerId &&
                key.status === 'active' &&
                (key.expires_at === null || key.expires_at > latestMs),
            )
            expect(open.filter((key) => key.replaced_by === null).length).toBeLessThanOrEqual(ACTIVE_KEYS_MAX)
            expect(open.length).toBeLessThanOrEqual(OPEN_KEYS_MAX)
          }
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('endpoints stay within their limits, and have secrets as long as they are there', () => {
    fc.assert(
      fc.property(drafts, crowded, (list, isCrowded) => {
        const newest = new Map<string, Webhook>()
        for (const { data } of play(list, isCrowded).bench.webhooks) {
          newest.set(data.webhook_id, data)
          const there = [...newest.values()].filter(
            ({ partner_id, status }) => partner_id === data.partner_id && status !== 'deleted',
          )
          expect(there.length).toBeLessThanOrEqual(WEBHOOKS_MAX)
          expect(data.secrets.length).toBeLessThanOrEqual(WEBHOOK_SECRETS_MAX)
          expect(data.secrets[0]?.expires_at).toBe(data.status === 'deleted' ? undefined : null)
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('versions have no gaps, and no state is older than the one before', () => {
    fc.assert(
      fc.property(drafts, (list) => {
        const { bench } = play(list, false)
        const newest = new Map<string, Partner | ApiKey | Webhook>()
        for (const { data } of [...bench.partners, ...bench.keys, ...bench.webhooks]) {
          const id = 'key_id' in data ? data.key_id : 'webhook_id' in data ? data.webhook_id : data.partner_id
          const before = newest.get(id)
          expect(data.version).toBe((before?.version ?? 0) + 1)
          expect(data.updated_at).toBeGreaterThanOrEqual(before?.updated_at ?? 0)
          newest.set(id, data)
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('names of game providers are unique, their versions have no gaps, and a credential keeps its time with its seal', () => {
    fc.assert(
      fc.property(drafts, (list) => {
        const newest = new Map<string, GameProvider>()
        for (const { data } of play(list, false).bench.gameProviders) {
          const before = newest.get(data.provider_id)
          newest.set(data.provider_id, data)
          expect(isUnique([...newest.values()].map(({ name }) => name))).toBe(true)
          expect(data.version).toBe((before?.version ?? 0) + 1)
          expect(data.updated_at).toBeGreaterThanOrEqual(before?.updated_at ?? 0)
          for (const { name, sealed, created_at: setAtMs } of data.api_credentials) {
            const old = before?.api_credentials.find((each) => each.name === name)
            expect(setAtMs).toBeLessThanOrEqual(data.updated_at)
            if (old?.sealed === sealed) expect(setAtMs).toBe(old.created_at)
          }
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('versions of rules have no gaps, and none comes into force before the one before it', () => {
    fc.assert(
      fc.property(drafts, (list) => {
        const newest = new Map<string | null, AmlRules>()
        for (const { data } of play(list, false).bench.rules) {
          const before = newest.get(data.partner_id)
          expect(data.version).toBe((before?.version ?? 0) + 1)
          expect(data.effective_at).toBeGreaterThanOrEqual(before?.effective_at ?? 0)
          newest.set(data.partner_id, data)
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('every command has one entry, however often it comes, and changes something where that says so', () => {
    fc.assert(
      fc.property(drafts, (list) => {
        const { bench, commands } = play(list, false)
        const ids = [...new Set(commands.map((command) => command.event_id))]
        expect(bench.entries.map((entry) => entry.event_id)).toEqual(ids)
        const changed = new Set(
          [
            ...bench.partners,
            ...bench.keys,
            ...bench.webhooks,
            ...bench.rules,
            ...bench.gameProviders,
            ...bench.games,
          ].map(({ data }) => data.command_id),
        )
        for (const { event_id: id, data } of bench.entries) {
          // What is asked of deliveries leaves their endpoint as it is.
          expect(changed.has(id)).toBe(data.outcome === 'APPLIED' && data.version !== null)
          expect(data.error_code === null).toBe(data.outcome === 'APPLIED')
          expect(data.after === null).toBe(data.outcome === 'REFUSED')
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('the sequences meet every outcome and every code', () => {
    const met = new Set<string>()
    for (const [list, isCrowded] of fc.sample(fc.tuple(drafts, crowded), { numRuns: SAMPLE_RUNS, seed: 1 }))
      for (const { data } of play(list, isCrowded).bench.entries)
        met.add(data.error_code ?? `${data.action} APPLIED`)
    const actions = [
      'CREATE_PARTNER',
      'UPDATE_PARTNER',
      'ISSUE_KEY',
      'ROTATE_KEY',
      'DEACTIVATE_KEY',
      'CREATE_WEBHOOK',
      'UPDATE_WEBHOOK',
      'ROTATE_WEBHOOK_SECRET',
      'DELETE_WEBHOOK',
      'RESEAL_WEBHOOK_SECRETS',
      'RESEND_DELIVERY',
      'REPLAY_DELIVERIES',
      'PUBLISH_AML_RULES',
      'PUT_PROVIDER',
      'RESEAL_PROVIDER_CREDENTIALS',
      'PUT_GAME',
    ]
    expect([...met].toSorted()).toEqual(
      [
        ...actions.map((action) => `${action} APPLIED`),
        ...Object.keys(PARTNER_ERRORS),
        'PARTNER_NOT_ACTIVE',
        'VERSION_CONFLICT',
      ].toSorted(),
    )
  })
})

/** What is left of a compacted topic: the newest record of each key, and of the older ones those that the picks keep. */
function compacted(records: readonly SentRecord[], keeps: readonly number[]): SentRecord[] {
  const newest = new Map(records.map((record, at) => [record.key, at]))
  return records.filter((record, at) => newest.get(record.key) === at || (keeps[at % keeps.length] ?? 0) > 3)
}

/** Of the topics all but the last, the audit trail, are compacted. */
const compactedTopics = (topics: readonly SentRecord[][], keeps: readonly number[]): SentRecord[][] =>
  topics.map((records, at) => (at === TOPICS.length - 1 ? records : compacted(records, keeps)))

/** The topics' records, each topic in its own order, by turns as the picks say; some at a time. */
function restoreInto(store: MapStore, topics: readonly SentRecord[][], turns: readonly number[]): void {
  const logic = new PartnersLogic(codecs)
  const left = topics.map((records) => [...records])
  for (let turn = 0; left.some((records) => records.length > 0); turn++) {
    const pick = turns[turn % turns.length] ?? 0
    const waiting = left.filter((records) => records.length > 0)
    const fetched = waiting[pick % waiting.length]?.splice(0, 1 + pick) ?? []
    const [first] = fetched
    if (first === undefined) continue
    logic.restore(
      first.topic,
      fetched.map(({ key, value }, offset) => logRecord(key, value, offset)),
      store,
    )
    store.commit()
  }
}

const topicsOf = ({ bench }: Run): SentRecord[][] => TOPICS.map((topic) => bench.output.of(topic))

describe('restore', () => {
  it('from the whole or compacted topics, in any order of the six, gives the live store to the byte', () => {
    fc.assert(
      fc.property(drafts, crowded, picks, picks, fc.boolean(), (list, isCrowded, turns, keeps, compact) => {
        const run = play(list, isCrowded)
        const read = compact ? compactedTopics(topicsOf(run), keeps) : topicsOf(run)
        const store = new MapStore()
        restoreInto(store, read, turns)
        expect(store.entries()).toEqual(run.bench.store.entries())
      }),
      { numRuns: RUNS },
    )
  })

  it('over a store that knows some of it already, from records read before or compacted since, gives the same', () => {
    fc.assert(
      fc.property(drafts, picks, picks, fc.nat(), (list, turns, keeps, cut) => {
        const store = new MapStore()
        const run = play(list, false)
        const topics = topicsOf(run)
        const known = topics.map((records, at) => records.slice(0, (cut >> (at * 4)) % (records.length + 1)))
        restoreInto(store, known, turns)
        restoreInto(store, compactedTopics(topics, keeps), turns)
        expect(store.entries()).toEqual(run.bench.store.entries())
      }),
      { numRuns: RUNS },
    )
  })

  it('goes on as the live one would', () => {
    fc.assert(
      fc.property(drafts, drafts, picks, (before, after, turns) => {
        const live = play([...before, ...after], false)
        const first = play(before, false)
        const heir = new Bench(codecs)
        restoreInto(heir.store, topicsOf(first), turns)
        for (const command of live.commands.slice(before.length)) heir.process(command)
        expect(heir.output.sent).toEqual(live.bench.output.sent.slice(first.bench.output.sent.length))
      }),
      { numRuns: RUNS },
    )
  })
})
