"""Records of who signed in and who failed to (签到记录): the database keeps them for good, so nobody tidies them up."""

from axes.handlers.database import AxesDatabaseHandler


class KeptForGood(AxesDatabaseHandler):
    """Count failures and record them; past a number of them or an age, others would delete the oldest."""

    def remove_out_of_limit_failure_logs(self, **_limits: object) -> int:
        return 0

    def reset_logs(self, **_limits: object) -> int:
        return 0

    def reset_failure_logs(self, **_limits: object) -> int:
        return 0
