"""SIGKILL of real `accepted` processes at random moments, several at a time over one journal and real HTTP.

The seed decides what is run and at which part of its life it is killed; `KILLS` sets how many kills there are.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import hasty
import pytest
