/** `npm run generate:chart`: what the chart has of the alert rules, and Kafka's users of the services' rights. */
import { writeRules } from './chart.ts'
import { writeUsers } from './strimzi-users.ts'

writeRules()
writeUsers()
