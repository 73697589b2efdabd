/** Container health check: exit code 0 when /health/ready on the given port of this container answers 2xx. */
import { answersOk } from '../services/service.ts'

process.exitCode = (await answersOk(`http://127.0.0.1:${process.argv[2] ?? ''}/health/ready`)) ? 0 : 1
