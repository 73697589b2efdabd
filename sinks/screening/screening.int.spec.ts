/** Players screened on a real broker: each once per version of the lists, across restarts, swaps and refused lists. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AmlCommand, AmlRules } from '../../avro/types.ts'
import { DEFAULT_RULES } from '../../domain/aml/rules.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { createRig, listed } from './testing/rig.ts'
import type { Rig } from './testing/rig.ts'

let rig: Rig
beforeEach(async () => {
  rig = await createRig()
})
afterEach(() => rig.close())

const TIMEOUT_MS = 50_000
/** Three processes, one after the other, on a busy machine. */
const LONG_MS = 180_000
/** So many different commands; each may come more than once. */
const untilCommands = (count: number): Promise<unknown> =>
  waitFor(() => rig.decided().length >= count, { timeoutMs: TIMEOUT_MS, what: `${count} commands` })
const ofPlayer = (player: { player_id?: string }): AmlCommand[] =>
  rig.decided().filter(({ data }) => data.player_id === player.player_id)
const idsOf = (commands: readonly AmlCommand[]): Set<string> =>
  new Set(commands.map(({ event_id: id }) => id))
const versionOf = (command: AmlCommand | undefined): string | undefined =>
  command?.data.screening?.lists[0]?.version

/** The first version of the platform's rules. */
const firstRules = (rules: string): AmlRules => ({
  partner_id: null,
  version: 1,
  status: 'LIVE',
  rules,
  note: null,
  effective_at: 0,
  created_by: 'test',
  created_at: 0,
  command_id: randomUUID(),
})

describe('screening', () => {
  it('says of every player with a name what the lists hold, and of nobody else', async () => {
    rig.putList(listed('7', 'GORAN TESTIC', '1970-05-17'))
    const { alerts } = DEFAULT_RULES
    const rules = JSON.stringify({ ...DEFAULT_RULES, alerts: { ...alerts, four_eyes: true, join_hours: 2 } })
    rig.book.learn(firstRules(rules))
    const match = { ...rig.newPlayer('Goran Testic'), date_of_birth: '1970-05-17', country: 'DE', version: 3 }
    const clear = rig.newPlayer('Mira Vasterova')
    const dateLost = { ...rig.newPlayer('Testic, Goran'), date_of_birth: 'k2:AAAA.AAAA.AAAA' }
    await rig.putPlayers(rig.newPlayer(null), rig.newPlayer('k2:AAAA.AAAA.AAAA'), match, clear, dateLost)
    const { screening, registry } = rig.start()
    await untilCommands(3)
    expect(rig.decided()).toHaveLength(3)

    const [found] = ofPlayer(match)
    const version = expect.stringMatching(/^[0-9a-f]{12}$/)
    expect(found).toMatchObject({
      event_type: 'aml.command',
      data: { action: 'RECORD_SCREENING', partner_id: match.partner_id, actor: null, finding: null },
    })
    expect(found?.data.screening).toEqual({
      profile_version: 3,
      lists: [{ list: 'test', version }],
      matches: [
        {
          list: 'test',
          list_version: versionOf(found),
          list_kind: 'SANCTION',
          entry_id: '7',
          entry_name: 'GORAN TESTIC',
          matched_name: 'GORAN TESTIC',
          score: 100,
          sub_scores: { name: 100, date_of_birth: 100, country: 100 },
        },
      ],
      rules_version: 'platform/1',
      join_window_ms: 7_200_000,
      blocks_withdrawals: false,
      four_eyes: true,
    })
    expect(ofPlayer(clear)[0]?.data.screening).toMatchObject({
      lists: [{ list: 'test', version }],
      matches: [],
    })
    expect(ofPlayer(dateLost)[0]?.data.screening?.matches[0]?.sub_scores).toEqual({ name: 100 })

    await waitFor(() => screening.readiness().ready)
    const metrics = await registry.metrics()
    const results = [...metrics.matchAll(/screening_players_total\{result="(\w+)".*\} (\d)/g)]
    expect(Object.fromEntries(results.map(([, result, count]) => [result, count]))).toEqual({
      match: '2',
      clear: '1',
      no_name: '1',
      unreadable: '1',
    })
    expect(metrics).toContain('stakestream_screening_list_refused{list="test",sink="screening"} 0')
    const log = rig.log.join('').toLowerCase()
    expect(log).toContain('a player can not be screened')
    expect(log).not.toMatch(/goran|testic|mira|vasterova|1970/)
  })

  it(
    'goes on where it was after a restart, and sends the same again where its place was not kept',
    { timeout: LONG_MS },
    async () => {
      rig.putList(listed('7', 'GORAN TESTIC'))
      await rig.putPlayers(rig.newPlayer('Goran Testic'), rig.newPlayer('Mira Vasterova'))
      const first = rig.start()
      await untilCommands(2)
      await first.stop()
      const sent = rig.commands.length

      const later = rig.newPlayer('Ana Nova')
      await rig.putPlayers(later)
      const second = rig.start()
      await untilCommands(3)
      await second.stop()
      expect(idsOf(rig.commands.slice(sent))).toEqual(idsOf(ofPlayer(later)))

      // As if the process had died after the commands were acknowledged and before their offsets were committed.
      const known = rig.commands.length
      const { groups } = await rig.admin.listGroups()
      const ours = groups.filter((group) => group.groupId.startsWith(rig.groupPrefix))
      expect(ours).toHaveLength(1)
      for (const { groupId } of ours)
        await rig.admin.resetOffsets({ groupId, topic: rig.topics.profiles, earliest: true })
      rig.start()
      const again = (): Set<string> => idsOf(rig.commands.slice(known))
      await waitFor(() => again().size >= 3, { timeoutMs: TIMEOUT_MS, what: 'the same commands again' })
      expect(again()).toEqual(idsOf(rig.commands.slice(0, known)))
      expect(rig.decided()).toHaveLength(3)
    },
  )

  it('screens a new version of a profile, and everybody against a new version of a list', async () => {
    rig.putList(listed('7', 'GORAN TESTIC'))
    const player = rig.newPlayer('Goran Testic')
    const other = rig.newPlayer('Mira Vasterova')
    await rig.putPlayers(player, other)
    const { screening } = rig.start()
    await untilCommands(2)
    await rig.putPlayers({ ...player, name: 'Goran Honest', version: 2 })
    await untilCommands(3)
    expect(ofPlayer(player).map(({ data }) => data.screening)).toMatchObject([
      { profile_version: 1, matches: [{ entry_id: '7' }] },
      { profile_version: 2, matches: [] },
    ])

    rig.putList(listed('7', 'GORAN TESTIC') + listed('8', 'MIRA VASTEROVA'))
    await untilCommands(6)
    const versions = rig.decided().map(versionOf)
    expect(new Set(versions.slice(3)).size).toBe(1)
    expect(versions[3]).not.toBe(versions[0])
    expect(rig.decided()).toHaveLength(6)
    const [before, after] = ofPlayer(other).map(({ data }) =>
      data.screening?.matches.map((match) => match.entry_id),
    )
    expect([before, after]).toEqual([[], ['8']])
    await waitFor(() => screening.readiness().ready)
  })

  it('keeps to the old version of a list while the new one is refused', async () => {
    rig.putList(listed('7', 'GORAN TESTIC'))
    const { screening, registry } = rig.start()
    await rig.putPlayers(rig.newPlayer('Mira Vasterova'))
    await untilCommands(1)
    rig.putList('8,Person\n')
    const refusal = (): unknown => screening.readiness().parts['lists']
    await waitFor(() => JSON.stringify(refusal()).includes('list.csv:2'), { what: 'the refusal' })
    expect(await registry.metrics()).toContain('screening_list_refused{list="test",sink="screening"} 1')
    await rig.putPlayers(rig.newPlayer('Goran Testic'))
    await untilCommands(2)
    const [before, after] = rig.decided()
    expect(after?.data.screening?.matches).toHaveLength(1)
    expect(versionOf(after)).toBe(versionOf(before))
    expect(screening.readiness()).toMatchObject({
      ready: true,
      parts: { lists: { in_force: [{ list: 'test', entries: 1 }], refused: { test: expect.any(String) } } },
    })
    expect(rig.log.join('')).toContain('a watchlist is refused')
  })

  it('is not ready before its lists are loaded, and without lists it idles', async () => {
    const waiting = rig.start()
    await waitFor(() => rig.log.join('').includes('a watchlist is refused'))
    expect(waiting.screening.readiness().ready).toBe(false)
    rig.putList(listed('7', 'GORAN TESTIC'))
    await waitFor(() => waiting.screening.readiness().ready, { timeoutMs: TIMEOUT_MS })
    const idle = rig.start(false)
    expect(idle.screening.readiness()).toMatchObject({ ready: true, parts: { lists: { in_force: [] } } })
    expect(rig.log.join('')).toContain('nobody is screened')
  })
})
