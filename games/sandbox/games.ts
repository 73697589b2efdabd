/** The games of the sandbox, in OCasino's form. Invented. */

export const OCASINO_GAMES = [
  {
    code: 'oc-starlight-reels',
    title: 'Starlight Reels',
    type: 'slots',
    rtp_percent: '95.50',
    volatility: 'HIGH',
    features: ['free_rounds'],
    state: 'ON',
    image: 'https://sandbox.example/starlight-reels.png',
  },
  {
    code: 'oc-harbour-gold',
    title: 'Harbour Gold',
    type: 'slots',
    rtp_percent: '95.50',
    volatility: 'MED',
    features: [],
    state: 'ON',
    image: null,
  },
  {
    code: 'oc-blackjack-one',
    title: 'Blackjack One',
    type: 'table',
    rtp_percent: '95.50',
    volatility: 'LOW',
    features: [],
    state: 'ON',
    image: null,
  },
  {
    code: 'oc-old-wheel',
    title: 'Old Wheel',
    type: 'table',
    rtp_percent: null,
    volatility: null,
    features: [],
    state: 'SERVICE',
    image: null,
  },
] as const

/** The same games, as the sandbox's seamless side lists them. */
export const SEAMLESS_GAMES = OCASINO_GAMES.map(({ code, title, type, features, state }) => ({
  code: code.replace('oc-', 'sw-'),
  name: title,
  category: type,
  rtp: 9_550,
  volatility: null,
  features,
  status: state === 'ON' ? 'active' : 'maintenance',
  thumbnail_url: null,
}))

export const isOcasinoGameOn = (code: string): boolean =>
  OCASINO_GAMES.some((game) => game.code === code && game.state === 'ON')
