"""What compliance does with appeals: record, pass on, answer, keep scans."""
