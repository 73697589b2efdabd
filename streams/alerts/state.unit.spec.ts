import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { playerKey } from '../../domain/ids.ts'
import { avroTypeOf, readSchemaText } from '../../topics/avro.ts'
import { decodeOpenAlerts, encodeOpenAlerts, openAlertOf } from './open-alerts.ts'
import { AlertsState, STORE_VERSION, storeCodecs } from './state.ts'
import type { StoreCodecs } from './state.ts'
import {
  Bench,
  MapStore,
  PARTNER_ID,
  START_MS,
  close,
  raise,
  snooze,
  testCodecs,
} from './testing/fixtures.ts'

const KEY = playerKey(PARTNER_ID, 'ann')

let codecs: StoreCodecs
let bench: Bench
beforeAll(async () => {
  codecs = await storeCodecs()
  bench = new Bench(await testCodecs())
  bench.send(raise({ alert_severity: 'CRITICAL', blocks_withdrawals: true }))
  bench.send(raise({ alert_type: 'PATTERN' }))
  bench.send(close(bench.alert(0).alert_id))
  bench.send(snooze('PATTERN', START_MS + 9))
})

it('the store’s version goes with the form of what it holds: a schema that has changed needs a new one', () => {
  const fingerprint = ['aml.alert', 'aml.player.updated']
    .map((name) => JSON.stringify(avroTypeOf(readSchemaText(name)).schema({ exportAttrs: true })))
    .reduce((hash, text) => hash.update(text), createHash('sha256'))
    .digest('hex')
    .slice(0, 16)
  expect({ version: STORE_VERSION, fingerprint }).toEqual({ version: 1, fingerprint: 'c383ff986d202975' })
})

it('what is stored does not depend on the ids of a registry', () => {
  expect([codecs.alert, codecs.player].map(({ schemaId }) => schemaId)).toEqual([
    STORE_VERSION,
    STORE_VERSION,
  ])
})

describe('a record that is no newer', () => {
  it('changes nothing but that its command is known, whichever topic is read first', () => {
    const store = new MapStore()
    const state = new AlertsState(store, codecs)
    for (const event of bench.events.toReversed()) state.layAlert(event)
    for (const event of bench.standings.toReversed()) state.layPlayer(event)
    store.commit()
    const theirs = bench.store.entries().filter(([key]) => key !== `c/${bench.replies.at(-1)?.command_id}`)
    expect(store.entries()).toEqual(theirs)
    expect(state.openAlerts(KEY)).toEqual([openAlertOf(bench.alert(1))])
  })
})

describe('the list of open alerts', () => {
  it('comes back from its bytes as it was', () => {
    const list = [
      { alertId: 'a', alertType: 'PATTERN', lastOccurredAtMs: START_MS, blocks: true },
      { alertId: 'b', alertType: 'MANUAL', lastOccurredAtMs: 0, blocks: false },
    ]
    expect(decodeOpenAlerts(encodeOpenAlerts(list))).toEqual(list)
  })

  it('is gone with the last of them', () => {
    const store = new MapStore()
    const state = new AlertsState(store, codecs)
    const [raised, , closed] = bench.events
    if (raised === undefined || closed === undefined) throw new Error('no events')
    state.layAlert(raised)
    expect(state.openAlerts(KEY)).toHaveLength(1)
    state.layAlert(closed)
    store.commit()
    expect(store.entries().map(([key]) => key.slice(0, 2))).toEqual(['a/', 'c/', 'c/'])
  })
})
