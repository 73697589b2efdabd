/**
 * The store's entries, and how records are laid over them: the same way when a command is decided and on a restore. A
 * record that is no newer than what is there changes nothing. Each topic is laid on its own, and a compacted one may skip
 * states, so no entry follows from two topics or from how many states there were.
 *
 * | key | entry |
 * |---|---|
 * | `a/<alert id>` | the alert |
 * | `o/<player key>` | the player's open alerts, in short |
 * | `p/<player key>` | the player's standing |
 * | `c/<command id>` | the command is decided |
 *
 * What is decided is known from the changes of alerts and from the replies, which are kept for ever, and otherwise from the list
 * in the newest standing, which compaction never takes.
 */
import type { Alert, AlertChanged, AmlPlayer, AmlPlayerUpdated } from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import type { PlayerKey } from '../../domain/ids.ts'
import { createCodec } from '../../topics/codec.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import type { StoreWriter } from '../runtime/processor.ts'
import type { CheckedCommand } from './command.ts'
import { isOpen } from './decision.ts'
import type { AlertsView } from './decision.ts'
import { decodeOpenAlerts, encodeOpenAlerts, openAlertOf, withAlert } from './open-alerts.ts'
import type { OpenAlert } from './open-alerts.ts'

/**
 * A store that was written under another number is dropped and restored from the log. It has to change with the keys and
 * values above, and with the schemas of aml.alert and aml.player.updated: a test holds it to them.
 */
export const STORE_VERSION = 1

/** The stored form of alerts and standings. */
export interface StoreCodecs {
  alert: TopicCodec<AlertChanged>
  player: TopicCodec<AmlPlayerUpdated>
}

/**
 * Stored values are in the form of the topics, but with the store's version in place of a schema id: an id is the
 * registry's to give, and a store must stay readable whatever a registry says.
 */
export async function storeCodecs(): Promise<StoreCodecs> {
  const source = {
    idOf: () => Promise.resolve(STORE_VERSION),
    textOf: () => Promise.resolve(undefined),
  }
  return {
    alert: await createCodec('aml.alert.created', source),
    player: await createCodec('aml.player.updated', source),
  }
}

const DECIDED = Buffer.from('1')

export class AlertsState implements AlertsView {
  readonly #store: StoreWriter
  readonly #codecs: StoreCodecs

  constructor(store: StoreWriter, codecs: StoreCodecs) {
    this.#store = store
    this.#codecs = codecs
  }

  alert(alertId: string): Alert | undefined {
    const bytes = this.#store.get(`a/${alertId}`)
    return bytes === undefined ? undefined : this.#codecs.alert.decode(bytes).data
  }

  openAlerts(key: PlayerKey): readonly OpenAlert[] {
    const bytes = this.#store.get(`o/${key}`)
    return bytes === undefined ? [] : decodeOpenAlerts(bytes)
  }

  player(key: PlayerKey): AmlPlayer | undefined {
    const bytes = this.#store.get(`p/${key}`)
    return bytes === undefined ? undefined : this.#codecs.player.decode(bytes).data
  }

  isDecided({ commandId, key, actor }: CheckedCommand): boolean {
    if (this.#store.get(`c/${commandId}`) !== undefined) return true
    return actor === null && this.player(key)?.recent_command_ids.includes(commandId) === true
  }

  layDecided(commandId: string): void {
    this.#store.put(`c/${commandId}`, DECIDED)
  }

  layAlert(event: AlertChanged): void {
    const { alert_id: id, partner_id: partnerId, player_id: playerId, version, change } = event.data
    this.layDecided(change.command_id)
    const before = this.alert(id)
    if (before !== undefined && before.version >= version) return
    const key = playerKey(partnerId, playerId)
    const open = isOpen(event.data) ? openAlertOf(event.data) : undefined
    const list = withAlert(this.openAlerts(key), id, open)
    if (list.length > 0) this.#store.put(`o/${key}`, encodeOpenAlerts(list))
    else if (this.#store.get(`o/${key}`) !== undefined) this.#store.delete(`o/${key}`)
    this.#store.put(`a/${id}`, this.#codecs.alert.encode(event))
  }

  layPlayer(event: AmlPlayerUpdated): void {
    const { partner_id: partnerId, player_id: playerId, version } = event.data
    const key = playerKey(partnerId, playerId)
    const before = this.player(key)
    if (before !== undefined && before.version >= version) return
    this.#store.put(`p/${key}`, this.#codecs.player.encode(event))
  }
}
