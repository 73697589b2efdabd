import { describeContract } from '../testing/contract.ts'
import { readRecorded } from '../testing/recorded.ts'
import { createOcasinoAdapter } from './adapter.ts'

describeContract('OCasino', {
  recorded: readRecorded('ocasino'),
  make: (http, credentials) =>
    createOcasinoAdapter({ account: { providerId: 'ocasino', credentials }, http }),
})
