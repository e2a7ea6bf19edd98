/** The clinic's outside services as one small HTTP server on loopback: payments and text messages. */
import { startService, type RunningService, type ServiceOptions, type ServiceSpec } from '../../shared/services/server';
import type { ServiceEffect } from './journal';
import { payments } from './payments';
import { textGateway } from './text-gateway';

/** What can be told to fail; `list`: the charges by reference. */
const ASKED = ['charge', 'list', 'refund', 'message'] as const;
export type Asked = (typeof ASKED)[number];

/** Its address is for `RECEPTIONIST_SERVICES_URL`. */
export type Services = RunningService<ServiceEffect, Asked>;

const SPEC: ServiceSpec<ServiceEffect, Asked> = {
  asked: ASKED,
  askedFor: (method, path) => {
    if (path === '/messages') return 'message';
    if (method === 'GET') return 'list';
    return path === '/charges' ? 'charge' : 'refund';
  },
  carryOut: (request, rows, now) => payments(request, rows, now) ?? textGateway(request, rows),
};

/** Starts the services on a free port. */
export function startServices(options: ServiceOptions): Promise<Services> {
  return startService(SPEC, options);
}
