/** Countries as lists write them: codes, or names of several kinds. */

const CODE = /^[A-Z]{2}$/
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('')
/** Codes that the names of regions know beside countries: groups, and a code for what is not known. */
const NOT_COUNTRIES = new Set(['EU', 'EZ', 'UN', 'XA', 'XB', 'ZZ', 'QO'])

/** Names of OFAC's and the United Nations' lists that are not the usual English ones. */
const OTHER_NAMES: readonly [name: string, code: string][] = [
  ['Korea, North', 'KP'],
  ["Democratic People's Republic of Korea", 'KP'],
  ['Korea, South', 'KR'],
  ['Republic of Korea', 'KR'],
  ['Russian Federation', 'RU'],
  ['Iran (Islamic Republic of)', 'IR'],
  ['Islamic Republic of Iran', 'IR'],
  ['Syrian Arab Republic', 'SY'],
  ['United States of America', 'US'],
  ['United Kingdom of Great Britain and Northern Ireland', 'GB'],
  ['State of Palestine', 'PS'],
  ['Palestine', 'PS'],
  ['Palestinian', 'PS'],
  ['West Bank', 'PS'],
  ['Gaza', 'PS'],
  ['Democratic Republic of the Congo', 'CD'],
  ['Congo, Democratic Republic of the', 'CD'],
  ['Congo, Republic of the', 'CG'],
  ['Congo', 'CG'],
  ['United Republic of Tanzania', 'TZ'],
  ['Libyan Arab Jamahiriya', 'LY'],
  ['Burma', 'MM'],
  ['Myanmar', 'MM'],
  ['Bosnia and Herzegovina', 'BA'],
  ['Trinidad and Tobago', 'TT'],
  ['Turkey', 'TR'],
  ["Cote d'Ivoire", 'CI'],
  ['The Gambia', 'GM'],
  ['Macedonia', 'MK'],
  ['The Former Yugoslav Republic of Macedonia', 'MK'],
  ['Czech Republic', 'CZ'],
  ['Kosovo', 'XK'],
  ['Hong Kong', 'HK'],
  ['Macau', 'MO'],
  ['Venezuela (Bolivarian Republic of)', 'VE'],
  ['Republic of Moldova', 'MD'],
  ['Viet Nam', 'VN'],
  ['Swaziland', 'SZ'],
]

const keyOf = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z]+/g, '')

function createCodes(): ReadonlyMap<string, string> {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
  const codes = new Map<string, string>()
  for (const first of LETTERS)
    for (const second of LETTERS) {
      const code = `${first}${second}`
      const name = NOT_COUNTRIES.has(code) ? undefined : names.of(code)
      // Codes that have gone out of use bear their successor's name, and are passed over.
      if (name !== undefined && Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`)
        codes.set(keyOf(name), code)
    }
  for (const [name, code] of OTHER_NAMES) codes.set(keyOf(name), code)
  return codes
}

const codes = createCodes()
const known = new Set(codes.values())

/** The ISO 3166-1 alpha-2 code of a code in either case or an English name; undefined where it is not known. */
export function countryCode(text: string): string | undefined {
  const upper = text.trim().toUpperCase()
  if (CODE.test(upper)) return known.has(upper) ? upper : undefined
  return codes.get(keyOf(text))
}
