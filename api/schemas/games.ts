/** Bodies and answers of games, launches and sessions. */
import { z } from 'zod'
import {
  GAME_CATEGORY_CHARS_MAX,
  GAME_FEATURES_MAX,
  GAME_NAME_CHARS_MAX,
  GAME_URL_CHARS_MAX,
  VERSION_MAX,
} from '../limits.ts'
import { amountOrZero, currency, gameId, ipAddress, playerId, plainText } from './fields.ts'
import { providerId } from './game-providers.ts'
import { wholeField } from './partners.ts'

const ONE_UNITS = 10_000n
const RESERVED: ReadonlySet<string> = new Set(['providers', 'callbacks', 'sessions'])

/** A game's id, where it stands in a path of its own. */
export const gamePathId = gameId.refine((id) => !RESERVED.has(id), 'is a word of the API itself')

const status = z.enum(['active', 'inactive', 'maintenance']).meta({
  id: 'GameStatus',
  description: 'Whether it can be played.',
})
const volatility = z.enum(['low', 'medium', 'high']).meta({
  id: 'GameVolatility',
  description: 'How far results lie from the mean.',
})
const url = z
  .url({ protocol: /^https?$/ })
  .max(GAME_URL_CHARS_MAX)
  .meta({
    example: 'https://games.example/slots.png',
    override: { pattern: '^https://[a-z]+\\.example/[a-z]+$' },
  })
const rtp = amountOrZero
  .refine((units) => units <= ONE_UNITS, 'must not exceed 1')
  .meta({ description: 'Return to player, 0 to 1.', example: 0.965 })
const features = z
  .array(plainText(GAME_CATEGORY_CHARS_MAX))
  .max(GAME_FEATURES_MAX)
  .transform((list) => [...new Set(list)])
  .meta({ description: 'Free spins, bonus rounds and the like.', example: ['free_spins'] })

/** The whole game. */
export const putGameBody = z
  .strictObject({
    provider_id: providerId,
    game_code: gameId.meta({ description: 'The provider’s own code of the game.', example: 'lucky-7' }),
    name: plainText(GAME_NAME_CHARS_MAX).meta({ description: 'Its name.', example: 'Lucky Sevens' }),
    category: plainText(GAME_CATEGORY_CHARS_MAX)
      .meta({ description: 'What kind of game.', example: 'slots' })
      .optional(),
    rtp: rtp.optional(),
    volatility: volatility.optional(),
    features: features.optional(),
    status: status.meta({ description: 'active where absent.' }).optional(),
    launch_url_template: url
      .meta({
        description:
          'Where it is played, with {session_token}, {game_code}, {currency} and {language} to be filled in. Where absent, ' +
          'the provider is asked at each launch.',
      })
      .optional(),
    thumbnail_url: url.optional(),
    expected_version: wholeField(
      0,
      VERSION_MAX,
      'The change is refused with VERSION_CONFLICT where the game has another version; 0: where there is one.',
    ).optional(),
  })
  .meta({ id: 'PutGame' })

export type GameFields = z.output<typeof putGameBody>

const time = z.iso.datetime()

export const gameAnswer = z
  .strictObject({
    id: z.string(),
    provider_id: z.string(),
    game_code: z.string(),
    name: z.string(),
    category: z.string().nullable(),
    rtp: z.number().nullable(),
    volatility: volatility.nullable(),
    features: z.array(z.string()),
    status,
    launch_url_template: z.string().nullable(),
    thumbnail_url: z.string().nullable(),
    version: z.number().int(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Game' })

const language = z
  .string()
  .regex(/^(?:[a-z]{2}|[a-z]{2}-[A-Z]{2})$/, 'must be a language tag such as de or pt-BR')
  .meta({ description: 'Language tag; en where absent.', example: 'de' })

export const launchBody = z
  .strictObject({
    player_id: playerId,
    currency,
    language: language.optional(),
    device: z.enum(['desktop', 'mobile']).meta({ description: 'desktop where absent.' }).optional(),
    return_url: url.meta({ description: 'Where the game sends the player when he leaves it.' }).optional(),
    ip_address: ipAddress.optional(),
  })
  .meta({ id: 'LaunchGame' })

export const sessionAnswer = z
  .strictObject({
    session_id: z.string(),
    player_id: z.string(),
    game_id: z.string(),
    provider_id: z.string(),
    currency: z.string(),
    started_at: time,
    expires_at: time,
  })
  .meta({ id: 'GameSession' })

export const launchAnswer = sessionAnswer
  .extend({
    launch_url: z.string(),
    resumed: z
      .boolean()
      .meta({ description: 'True where an open session of the player in this game goes on.' }),
  })
  .meta({ id: 'GameLaunch' })

export const providerGamesAnswer = z
  .strictObject({
    data: z.array(
      gameAnswer
        .pick({
          game_code: true,
          name: true,
          category: true,
          rtp: true,
          volatility: true,
          features: true,
          status: true,
          thumbnail_url: true,
        })
        .strict(),
    ),
  })
  .meta({ id: 'ProviderGames' })
