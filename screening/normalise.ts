/** Names as they are compared: Latin letters, lower case, without titles and marks, in one order. */
import anyAscii from 'any-ascii'

/** Titles before and after a name; they tell nobody from another. */
const HONORIFICS = new Set(
  (
    'mr mrs ms miss mx sir dame lord lady dr prof professor eng engineer jr sr phd md esq ' +
    'general gen colonel col major maj captain capt lieutenant lt sergeant sgt commander cmdr commandant admiral brigadier ' +
    'sheikh shaykh sheik shaikh haji hajji hadji mullah maulana maulavi mawlawi mawlana qari ayatollah hojatoleslam imam sayyid syed ' +
    'president minister senator governor judge comrade don dona herr frau monsieur madame senor senora'
  ).split(' '),
)

/** Parts of names that many share: they count only where little else is left. */
const PARTICLES = new Set(
  'al el ul ud ad ed as es ar er bin ibn ben bint abu abou umm de del della di da do dos das du la le les los las van von der den ter ten zu zur af av y e i o the of and'.split(
    ' ',
  ),
)

/** A part of this length or more tells people apart. */
const TELLING_CHARS_MIN = 3
/** Parts that must be left before short ones and particles are passed over. */
const TELLING_PARTS_MIN = 2

// An apostrophe joins (O'Brien, Sa'id); other marks part.
const APOSTROPHES = /['`’‘ʼʻʿʾ´]/g
const MARKS = /[^a-z0-9]+/

function rawTokens(text: string): string[] {
  // Composed characters: taken apart, й would lose its mark and read и.
  const latin = anyAscii(text.normalize('NFKC').replace(APOSTROPHES, '')).toLowerCase()
  return latin
    .replace(APOSTROPHES, '')
    .split(MARKS)
    .filter((token) => token !== '')
}

/** The parts of a name: Latin, lower case, without titles unless nothing else is there. */
function tokensOf(text: string): string[] {
  const all = rawTokens(text)
  const named = all.filter((token) => !HONORIFICS.has(token))
  return named.length > 0 ? named : all
}

/** A name ready to be compared. */
export interface NormalisedName {
  tokens: readonly string[]
  /** The tokens with single spaces. */
  text: string
}

const ofTokens = (tokens: readonly string[]): NormalisedName => ({ tokens, text: tokens.join(' ') })

/** "LAST, First Middle" cut at its comma; undefined where it has none, or several. */
function cutAtComma(text: string): { before: string[]; after: string[] } | undefined {
  const [before, after, ...more] = text.split(',')
  if (before === undefined || after === undefined || more.length > 0) return undefined
  const cut = { before: tokensOf(before), after: tokensOf(after) }
  return cut.before.length > 0 && cut.after.length > 0 ? cut : undefined
}

/** The last name of a name in natural order to the front, with the particles before it. */
function lastNameFirst(tokens: readonly string[]): string[] {
  let from = tokens.length - 1
  while (from > 1 && PARTICLES.has(tokens[from - 1] ?? '')) from--
  return [...tokens.slice(from), ...tokens.slice(0, from)]
}

/** The name of whom is looked for: "LAST, First" is turned into natural order. */
export function normaliseQuery(text: string): NormalisedName {
  const cut = cutAtComma(text)
  return ofTokens(cut === undefined ? tokensOf(text) : [...cut.after, ...cut.before])
}

/** A name on a list. People's stand last name first, whatever order the list writes, so that lists score alike. */
export function normaliseListed(text: string, isPerson: boolean): NormalisedName {
  const tokens = tokensOf(text)
  return ofTokens(!isPerson || text.includes(',') ? tokens : lastNameFirst(tokens))
}

/**
 * The parts by which people are told apart. Parts of one or two letters and particles are passed over, as long as two
 * others are left (Kim Jong Un → kim, jong; Xi Jinping → xi, jinping).
 */
export function tellingTokens(tokens: readonly string[]): readonly string[] {
  const telling = tokens.filter((token) => token.length >= TELLING_CHARS_MIN && !PARTICLES.has(token))
  if (telling.length >= TELLING_PARTS_MIN) return telling
  const longer = tokens.filter((token) => token.length > 1)
  return longer.length > 0 ? longer : tokens
}
