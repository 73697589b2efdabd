/** All routes. */
import type { Route } from '../route.ts'
import { alertStepRoutes } from './aml-alert-steps.ts'
import { alertRoutes } from './aml-alerts.ts'
import { playerAnalysisRoute } from './aml-analysis.ts'
import { amlPlayerRoutes } from './aml-players.ts'
import { riskProfileRoute } from './aml-profiles.ts'
import { amlRulesRoutes } from './aml-rules.ts'
import { amlScreeningRoute } from './aml-screening.ts'
import { apiKeyRoutes } from './api-keys.ts'
import { auditRoute } from './audit.ts'
import { batchRoute } from './batch.ts'
import { deliveryRoutes } from './deliveries.ts'
import { eventsRoute } from './events.ts'
import { gamePlayRoutes } from './game-play.ts'
import { gameProviderRoutes } from './game-providers.ts'
import { gameRoutes } from './games.ts'
import { movementRoutes } from './movements.ts'
import { partnerRoutes } from './partners.ts'
import { partnerSettingsRoute } from './partner-settings.ts'
import type { RouteParts } from './parts.ts'
import { roundRoute } from './rounds.ts'
import { playerRoutes } from './players.ts'
import { reportRoutes } from './reports.ts'
import { serviceRoutes } from './service.ts'
import type { ServiceParts } from './service.ts'
import { settlementStepRoutes } from './settlement-steps.ts'
import { settlementTermsRoutes } from './settlement-terms.ts'
import { settlementRoutes } from './settlements.ts'
import { standingRoutes } from './standing.ts'
import { transactionRoutes } from './transactions.ts'
import { walletRoute } from './wallets.ts'
import { webhookRoutes } from './webhooks.ts'
import { withdrawalRoutes } from './withdrawals.ts'

/** In the order in which they are matched and documented. */
export const allRoutes = (parts: RouteParts, service: ServiceParts): Route[] => [
  ...movementRoutes(parts),
  batchRoute(parts),
  ...standingRoutes(parts),
  walletRoute(parts),
  ...playerRoutes(parts),
  ...transactionRoutes(parts),
  eventsRoute(parts),
  ...withdrawalRoutes(parts),
  ...partnerRoutes(parts.partners),
  partnerSettingsRoute(parts),
  ...apiKeyRoutes(parts.partners),
  ...webhookRoutes(parts.partners),
  ...deliveryRoutes(parts),
  auditRoute(parts),
  ...alertRoutes(parts),
  ...alertStepRoutes(parts),
  ...amlPlayerRoutes(parts),
  riskProfileRoute(parts),
  playerAnalysisRoute(parts),
  ...amlRulesRoutes(parts.partners),
  amlScreeningRoute(parts.screening),
  ...reportRoutes(parts),
  ...gameProviderRoutes(parts.partners),
  ...gamePlayRoutes(parts),
  ...gameRoutes(parts.partners),
  roundRoute(parts),
  ...settlementTermsRoutes(parts),
  ...settlementRoutes(parts),
  ...settlementStepRoutes(parts),
  ...serviceRoutes(service),
]
