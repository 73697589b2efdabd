/** The configuration of the screening process, from the environment. */
import { watchlistsConfig } from '../../screening/lists/config.ts'
import { encryptionConfig } from '../../service/key-ring.ts'
import { sinkConfig } from '../runtime/process.ts'

export const screeningConfig = sinkConfig.extend(encryptionConfig.shape).extend(watchlistsConfig.shape)
