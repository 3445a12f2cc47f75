"""Compare later rows with those that a model was trained on."""

from collections.abc import Iterator
from typing import Any

from clew.core.errors import UsageError
from clew.core.predictions import Predictions
from clew.core.progress import Progress, silent
from clew.core.readable import number
from clew.core.schema import Schema
from clew.deploy.baseline import describe_predictions
from clew.deploy.bundle import Bundle
from clew.explore.statistics import TableStatistics, describe
from clew.monitor.drift import ColumnDrift, compare
from clew.monitor.performance import Figure, check_performance, estimate, measure
from clew.monitor.quality import (
    check_columns,
    check_domain,
    check_missing,
    check_new_values,
    check_readable,
    check_row_rules,
    outside_seen,
)
from clew.monitor.report import MonitorReport
from clew.monitor.rows import Rows, gather
from clew.monitor.spec import MonitorSpec
from clew.monitor.violation import Violation

__all__ = ["MonitorReport", "MonitorSpec", "monitor"]
