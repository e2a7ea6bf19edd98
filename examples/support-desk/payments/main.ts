/** `node dist/examples/support-desk/payments/main.js <journal file>`: the payment service; what it prints is for SUPPORT_DESK_PAYMENTS_URL. */
import { serveFrom } from '../../shared/services/main';
import { startPayments } from './service';

serveFrom(startPayments);
