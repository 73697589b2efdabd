/** What goes wrong, how, and how it is put right again. */
import type { Rig } from './rig.ts'

export interface Fault {
  name: string
  inject(rig: Rig): Promise<void>
  /** How long it lasts before it is put right, in milliseconds. */
  lastsMs: number
  heal(rig: Rig): Promise<void>
  /** The longest time without an answer that is aimed at, in milliseconds. */
  gapAimMs: number
}

/** With a warm copy elsewhere, and without one. */
const GAP_WITH_STANDBY_MS = 3_000
const GAP_WITHOUT_STANDBY_MS = 10_000
/** Nothing that answers bets is touched. */
const GAP_UNTOUCHED_MS = 1_000
/** Longer than a session of the group, so that a paused processor is taken for dead. */
const PAUSE_MS = 6_000
const OUTAGE_MS = 8_000
const KILLED_MS = 5_000

const killed = (
  name: string,
  services: readonly string[],
  parts: Pick<Fault, 'lastsMs' | 'gapAimMs'>,
): Fault => ({
  name,
  inject: (rig) => rig.kill(...services),
  heal: (rig) => rig.up(...services),
  ...parts,
})

const stopped = (service: string): Fault => ({
  name: `${service} stopped`,
  inject: (rig) => rig.stop(service),
  lastsMs: OUTAGE_MS,
  heal: (rig) => rig.up(service),
  gapAimMs: GAP_UNTOUCHED_MS,
})

/** Kills a broker that is, or is not, the active controller. */
function brokerKilled(name: string, isController: boolean): Fault {
  let broker = ''
  return {
    name,
    inject: async (rig) => {
      const controller = await rig.controller()
      broker = isController ? controller : rig.otherBroker(controller)
      await rig.kill(broker)
    },
    lastsMs: OUTAGE_MS,
    heal: (rig) => rig.up(broker),
    gapAimMs: GAP_WITHOUT_STANDBY_MS,
  }
}

export const FAULTS: readonly Fault[] = [
  killed('wallet killed', ['wallet'], { lastsMs: KILLED_MS, gapAimMs: GAP_WITH_STANDBY_MS }),
  {
    name: 'wallet paused past its session and woken',
    inject: (rig) => rig.signal('wallet-2', 'SIGSTOP'),
    lastsMs: PAUSE_MS,
    heal: (rig) => rig.signal('wallet-2', 'SIGCONT'),
    gapAimMs: GAP_WITH_STANDBY_MS,
  },
  {
    name: 'wallet taken away and added again',
    inject: (rig) => rig.stop('wallet-2'),
    lastsMs: KILLED_MS,
    heal: (rig) => rig.up('wallet-2'),
    gapAimMs: GAP_WITH_STANDBY_MS,
  },
  killed('both wallets killed', ['wallet', 'wallet-2'], { lastsMs: 0, gapAimMs: GAP_WITHOUT_STANDBY_MS }),
  killed('API killed', ['api'], { lastsMs: 0, gapAimMs: GAP_WITHOUT_STANDBY_MS }),
  killed('sinks killed', ['sink-postgres', 'sink-clickhouse'], {
    lastsMs: KILLED_MS,
    gapAimMs: GAP_UNTOUCHED_MS,
  }),
  killed('partners killed', ['partners'], { lastsMs: KILLED_MS, gapAimMs: GAP_UNTOUCHED_MS }),
  {
    name: 'partners paused past its session and woken',
    inject: (rig) => rig.signal('partners', 'SIGSTOP'),
    lastsMs: PAUSE_MS,
    heal: (rig) => rig.signal('partners', 'SIGCONT'),
    gapAimMs: GAP_UNTOUCHED_MS,
  },
  killed('webhooks killed', ['sink-webhooks'], { lastsMs: KILLED_MS, gapAimMs: GAP_UNTOUCHED_MS }),
  brokerKilled('broker killed', false),
  brokerKilled('controller killed', true),
  stopped('postgres'),
  stopped('clickhouse'),
  stopped('redis'),
  stopped('registry'),
]
