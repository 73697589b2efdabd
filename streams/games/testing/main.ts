/** The processor on topics of its own, for a test to kill: `node main.ts PREFIX STATE_DIR`. */
import { required } from '../../../tests/support/environment.ts'
import { registrySource } from '../../../topics/registry.ts'
import { runKillable } from '../../runtime/testing/killable.ts'
import { gamesProcessor } from '../logic.ts'
import { testCodecs } from './fixtures.ts'

const schemas = registrySource({ url: required('SCHEMA_REGISTRY_URL'), register: true })
await runKillable(gamesProcessor(await testCodecs(schemas)))
