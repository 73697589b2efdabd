/** What the tests of the saga share: codecs without a registry, commands with defaults. */
import type { GameBetTerms, GameCommand, GameCommandData, ProviderResult } from '../../../avro/types.ts'
import { createCodec } from '../../../topics/codec.ts'
import type { SchemaSource } from '../../../topics/codec.ts'
import { PARTNER_ID, START_MS, memorySchemas, testUuid } from '../../wallet/testing/fixtures.ts'
import type { GamesCodecs } from '../logic.ts'
import { storeCodec } from '../state.ts'

export {
  ListOutput,
  MapStore,
  PARTNER_ID,
  START_MS,
  logRecord,
  testUuid,
} from '../../wallet/testing/fixtures.ts'

export const HOLD_MS = 120_000
export const PROVIDER_ID = 'ocasino'

/** Schema ids that follow from the schema, so that two sets of codecs read each other's records. */
export function sharedSchemas(): SchemaSource {
  const texts: string[] = []
  return {
    idOf: (_topic, text) => {
      const at = texts.indexOf(text)
      return Promise.resolve(at >= 0 ? at + 1 : texts.push(text))
    },
    textOf: (id) => Promise.resolve(texts[id - 1]),
  }
}

export async function testCodecs(source: SchemaSource = memorySchemas()): Promise<GamesCodecs> {
  return {
    command: await createCodec('game.command', source),
    bet: await createCodec('game.bet.updated', source),
    call: await createCodec('game.call', source),
    walletCommand: await createCodec('wallet.command', source),
    position: await createCodec('game.position', source),
    deadLetter: await createCodec('game.command.dlq', source),
    store: await storeCodec(),
  }
}

export const terms = (parts: Partial<GameBetTerms> = {}): GameBetTerms => ({
  provider_id: PROVIDER_ID,
  game_id: 'slots-1',
  round_id: 'round-1',
  campaign_id: null,
  currency: 'USD',
  amount: 105_000n,
  transaction_id_partner: 'bet-1',
  placed_at: START_MS,
  hold_expires_at: START_MS + HOLD_MS,
  reply_to: 3,
  ...parts,
})

export type CommandParts = Partial<GameCommandData> & Pick<GameCommandData, 'action'>

export const BET_ID = testUuid(0xbe7)

export const testCommand = (number: number, atMs: number, parts: CommandParts): GameCommand => ({
  event_id: testUuid(number),
  event_type: 'game.command',
  timestamp: atMs,
  data: {
    partner_id: PARTNER_ID,
    player_id: 'ann',
    bet_id: BET_ID,
    bet: null,
    result: null,
    requested_at: atMs,
    ...parts,
  },
})

export const result = (
  call: number,
  parts: Partial<ProviderResult> & Pick<ProviderResult, 'answer'>,
): CommandParts => ({
  action: 'RESULT',
  result: { call, code: parts.answer, reference: null, round_closed: false, wins: [], ...parts },
})
