/** Topics of bets at game providers. */
import { DAY_MS, KEEP_FOR_EVER } from './definition.ts'
import type { Topics } from './definition.ts'

/** How long the steps of a bet are kept, and so how long one that is over is remembered. */
export const BET_STEPS_MS = 14 * DAY_MS

export const GAMES_TOPICS = {
  'game.command': {
    name: 'game.command',
    title: 'Commands of bets at providers',
    description: 'What the saga of a bet is told, in the order in which it is decided.',
    schema: 'game.command',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: 14 * DAY_MS,
    writtenBy: ['wallet', 'games-worker', 'games', 'api', 'cli'],
    readBy: ['games'],
  },
  'game.command.dlq': {
    name: 'game.command.dlq',
    title: 'Dead letters of the commands of bets at providers',
    description: 'Commands that can never be processed, with their coordinates and bytes.',
    schema: 'dead.letter',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: 90 * DAY_MS,
    writtenBy: ['games'],
    readBy: ['cli'],
  },
  'game.bet.updated': {
    name: 'game.bet.updated',
    title: 'Bets at providers',
    description:
      'The state of each bet that a game provider has to confirm, after each of its steps. A bet that still waits for its provider is written anew long before it would be deleted.',
    schema: 'game.bet.updated',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: BET_STEPS_MS,
    writtenBy: ['games'],
    readBy: ['games', 'cli'],
  },
  'game.call': {
    name: 'game.call',
    title: 'Calls to game providers',
    description: 'Calls that are to be made. Each is answered by a command, or counts as uncertain.',
    schema: 'game.call',
    key: 'player',
    cleanupPolicy: 'delete',
    retentionMs: DAY_MS,
    writtenBy: ['games'],
    readBy: ['games-worker'],
  },
  'game.position': {
    name: 'game.position',
    title: 'Positions of the tasks of bets at providers',
    description: 'How far each task has come in game.command; part of every transaction of a task.',
    schema: 'task.position',
    key: 'task',
    cleanupPolicy: 'compact',
    retentionMs: KEEP_FOR_EVER,
    writtenBy: ['games'],
    readBy: ['games'],
  },
} satisfies Partial<Topics>
