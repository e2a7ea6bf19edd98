/**
 * Acts of people at random moments, by a seed: several sessions, whose tools fail before they do anything in half of all calls, are resolved, undone,
 * stopped, spoken to, cancelled and ended all at once. Whatever meets whatever, each call has one outcome, the ledger says the same and holds nothing
 * open, and nothing is done, or undone, twice. HOLDFAST_TEST_SEED repeats a run; what the network and the server make of it differs.
 */
import { z } from 'zod';
import { openLedger } from '../../activities/ledger';
import { defineAgent, defineTool } from '../../agents';
import { HoldfastError, type Session } from '../../client';
import { callsTools, says, startScriptedOpenAI, type ScriptedAnswer, type ScriptedOpenAI } from '../../testing';
import { createRandom, type Random } from '../../testing/random';
import { replayAll } from '../replay/replay';
import { failedTasks, fetchHistory } from './history';
import { eventually, PATIENCE_MS, startStage, uniqueName, within, type Stage } from './stage';
