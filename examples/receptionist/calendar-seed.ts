/**
 * What the calendar holds at first: a dozen patients, two weeks of half-hour slots with two doctors, and a few appointments.
 * All of it from fixed dates, so that every run of the example says the same.
 */
import type { PatientRow, SlotRow } from './calendar-tables';

export const PRACTITIONERS = ['okafor', 'lind'] as const;

export const PATIENTS: readonly PatientRow[] = [
  { patient_id: 1001, name: 'Amara Diallo', date_of_birth: '1991-02-03', phone: '020 7946 0101' },
  { patient_id: 1002, name: 'Benedikt Sauer', date_of_birth: '1958-11-21', phone: '020 7946 0102' },
  { patient_id: 1003, name: 'Chiara Rinaldi', date_of_birth: '2003-07-30', phone: '020 7946 0103' },
  { patient_id: 1004, name: 'David Osei', date_of_birth: '1976-04-18', phone: '020 7946 0104' },
  { patient_id: 1005, name: 'Elif Yilmaz', date_of_birth: '1989-09-09', phone: '020 7946 0105' },
  { patient_id: 1006, name: 'Frances Whitlock', date_of_birth: '1947-01-12', phone: '020 7946 0106' },
  { patient_id: 1007, name: 'Maria Kovacs', date_of_birth: '1985-06-14', phone: '020 7946 0107' },
  { patient_id: 1008, name: 'Peter Kovacs', date_of_birth: '1983-10-02', phone: '020 7946 0108' },
  { patient_id: 1009, name: 'Hiroshi Tanaka', date_of_birth: '1969-12-25', phone: '020 7946 0109' },
  { patient_id: 1010, name: 'Ingrid Solberg', date_of_birth: '1995-05-05', phone: '020 7946 0110' },
  { patient_id: 1011, name: 'John Smith', date_of_birth: '1980-08-08', phone: '020 7946 0111' },
  { patient_id: 1012, name: 'John Smith', date_of_birth: '2012-03-19', phone: '020 7946 0112' },
];

/** Monday to Friday of both weeks. */
const FIRST_DAY = Date.UTC(2027, 2, 1);
const DAY_OFFSETS = [0, 1, 2, 3, 4, 7, 8, 9, 10, 11];
const TIMES = [
  '09:00',
  '09:30',
  '10:00',
  '10:30',
  '11:00',
  '11:30',
  '14:00',
  '14:30',
  '15:00',
  '15:30',
  '16:00',
  '16:30',
];
const SLOT_MINUTES = 30;

/** The first and the last day on which there are slots. */
export const CALENDAR_DAYS = { first: '2027-03-01', last: '2027-03-12' } as const;

export const SLOTS: readonly SlotRow[] = DAY_OFFSETS.flatMap((offset) => {
  const day = new Date(FIRST_DAY + offset * 86_400_000).toISOString().slice(0, 10);
  return TIMES.flatMap((time) =>
    PRACTITIONERS.map((practitioner) => ({
      slot_id: `${day}T${time}/${practitioner}`,
      practitioner,
      starts_at: `${day}T${time}`,
      minutes: SLOT_MINUTES,
    })),
  );
});

/** Appointments made at the desk before any agent came; they take these slots. */
export const FIRST_APPOINTMENTS: readonly {
  readonly patient_id: number;
  readonly slot_id: string;
  readonly reason: string;
}[] = [
  { patient_id: 1002, slot_id: '2027-03-01T09:00/lind', reason: 'Diabetes review' },
  { patient_id: 1006, slot_id: '2027-03-02T09:30/okafor', reason: 'Medication review' },
  { patient_id: 1009, slot_id: '2027-03-02T10:00/okafor', reason: 'Shoulder pain' },
  { patient_id: 1011, slot_id: '2027-03-03T14:00/lind', reason: 'Vaccination' },
  { patient_id: 1004, slot_id: '2027-03-09T11:00/okafor', reason: 'Follow-up after a fall' },
];

/** Numbers of appointments begin after this. */
export const LAST_APPOINTMENT_ID_BEFORE = 4000;
