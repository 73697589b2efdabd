import { expect, it } from 'vitest'
import { PROVIDER_ID_CHARS_MAX, isProviderId, providerSubjectIdOf } from './game-provider.ts'

it('a provider has the same id in the audit trail for ever', () => {
  expect(providerSubjectIdOf('ocasino')).toBe('94cb4d6f-6157-59f4-befe-5fefdfa0b5e8')
  expect(providerSubjectIdOf('ocasino-2')).not.toBe(providerSubjectIdOf('ocasino'))
})

it('an id is of lower-case letters, digits and single dashes between them', () => {
  const ids = ['a', '1', 'ocasino', 'o-casino-2', 'x'.repeat(PROVIDER_ID_CHARS_MAX)]
  expect(ids.filter((id) => !isProviderId(id))).toEqual([])
  const others = [
    '',
    'A',
    'o_c',
    '-o',
    'o-',
    'o--c',
    'o c',
    'o\n',
    'é',
    'x'.repeat(PROVIDER_ID_CHARS_MAX + 1),
  ]
  expect(others.filter(isProviderId)).toEqual([])
})
