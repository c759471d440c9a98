"""Causes of refusals of cash, as decisions keep them under `cause`."""

from accounts.till.vocabulary import BoxObstacle, ReversalObstacle

CAUSES = (BoxObstacle, ReversalObstacle)
