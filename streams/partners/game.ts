/** Games of the catalogue: put in place as a whole. They belong to the platform, to no partner. */
import { gameSubjectIdOf } from '../../domain/game-provider.ts'
import type { PutGame } from './command.ts'
import { changedAt, gameChanged, refused } from './decision.ts'
import type { Decision, PartnersView, Subject } from './decision.ts'

/** Creates the game where the expected version is 0. */
export function decideGame(command: PutGame, view: PartnersView): Decision {
  const { gameId, game, expectedVersion, commandId, nowMs } = command
  const before = view.game(gameId)
  const subject: Subject = { type: 'game', id: gameSubjectIdOf(gameId), before }
  if ((before?.version ?? 0) !== expectedVersion) return refused(command, subject, 'VERSION_CONFLICT')
  if (view.gameProvider(game.provider_id) === undefined)
    return refused(command, subject, 'GAME_PROVIDER_NOT_FOUND')
  if ((view.gameOfCode(game.provider_id, game.game_code) ?? gameId) !== gameId)
    return refused(command, subject, 'GAME_CODE_TAKEN')
  return gameChanged(command, subject, {
    game_id: gameId,
    ...game,
    version: expectedVersion + 1,
    created_at: before?.created_at ?? nowMs,
    updated_at: before === undefined ? nowMs : changedAt(nowMs, before),
    command_id: commandId,
  })
}
