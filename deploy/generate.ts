/** `npm run generate:chart`: what the chart has of the alert rules. */
import { writeRules } from './chart.ts'

writeRules()
