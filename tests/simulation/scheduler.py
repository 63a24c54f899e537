"""Simulated processes: greenlets of one thread, of which one runs at a time, by the choice of a seed.

A task runs until it comes to a *point*: the begin and the end of a transaction, a step of a request, a
wait. There the scheduler lets time pass, may let the task die or freeze, and picks who goes on. With
the same seed the same things happen in the same order, whatever the machine does.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from greenlet import getcurrent, greenlet

NEVER = float("inf")
LONGEST_RUN = 20_000
"""Points; a run that needs more makes no progress."""


class Death(BaseException):
    """The process is gone. Nothing of it runs any more, and its open transaction is rolled back."""


class Violation(AssertionError):
    """What is promised did not hold."""


@dataclass(eq=False)
class Task:
    """One simulated process."""

    name: str
    body: Callable[[], None]
    ended: Callable[[BaseException | None], None]
    weight: float
    wake: float
    """Not before this instant."""
    ready: Callable[[], bool] | None = None
    """And not before this holds, unless `patience` is over."""
    patience: float = NEVER
    doomed: bool = False
    dead: bool = False
    mortal: bool = True
    """Whether faults may strike it."""
    stack: greenlet | None = None
    """Where it stands; None once it has ended."""


class Scheduler:
    """Time and who runs in it; everything random of a run comes from `rng`."""

    def __init__(self, rng: random.Random, *, tempo: float, haste: float) -> None:
        """A point takes up to `tempo` seconds; with probability `haste` a task goes on without handing over."""
        self.rng = rng
        self.now = 0.0
        self.points = 0
        self.trace: list[tuple[float, str, str]] = []
        self.failure: BaseException | None = None
        self.strike: Callable[[Task, str], float | None] = lambda task, label: None
        """What goes wrong at a point: seconds that the task is frozen for, None for nothing; may doom it."""
        self._tempo = tempo
        self._haste = haste
        self._tasks: list[Task] = []
        self._running: Task | None = None
        self._root = getcurrent()
        self._over = False

    @property
    def task(self) -> Task:
        """Whoever runs now."""
        assert self._running is not None
        return self._running

    def note(self, label: str) -> None:
        """A line of the trace."""
        self.trace.append((self.now, self._running.name if self._running else "-", label))

    def spawn(
        self,
        name: str,
        body: Callable[[], None],
        *,
        after: float = 0.0,
        mortal: bool = True,
        weight: float = 1.0,
        ended: Callable[[BaseException | None], None] | None = None,
    ) -> Task:
        """A process that begins after so many seconds; `ended` is told what it died of, None for a good end."""
        task = Task(name, body, ended or _only_die, weight, self.now + after, mortal=mortal)
        # Whoever ends gives control to `run`, wherever it was begun.
        task.stack = greenlet(lambda: self._live(task), self._root)
        self._tasks.append(task)
        return task

    def kill(self, task: Task) -> None:
        """It dies at the point where it stands."""
        task.doomed = True
        task.wake = self.now
        task.ready = None

    def tasks(self) -> list[Task]:
        """Those that live."""
        return list(self._tasks)

    def point(self, label: str) -> None:
        """Time passes, something may go wrong, and somebody else may go on."""
        task = self._here(label)
        if task.mortal:
            frozen = self.strike(task, label)
            if frozen is not None:
                task.wake = self.now + frozen
        if task.doomed or task.wake > self.now or self.rng.random() >= self._haste:
            self._yield(task)

    def wait(self, seconds: float, label: str) -> None:
        """As `point`, not before so many seconds."""
        task = self._here(label)
        task.wake = self.now + seconds
        self._yield(task)

    def until(self, ready: Callable[[], bool], label: str, *, patience: float) -> bool:
        """As `point`, not before `ready`; False when that took longer than `patience` seconds."""
        if ready():
            return True
        task = self._here(label)
        task.ready, task.patience = ready, self.now + patience
        self._yield(task)
        task.ready, task.patience = None, NEVER
        return ready()

    def run(self) -> None:
        """Until every task has ended. Raises what went wrong."""
        while not self._over and (task := self._choose()) is not None:
            self._go_on(task)
        self._over = True
        for task in self.tasks():
            if task.stack:  # false before its first step: nothing of it has to be given back
                self._running = task
                task.stack.throw(Death)
        if self.failure is not None:
            raise self.failure

    def fail(self, failure: BaseException) -> None:
        """End the run with this."""
        if self.failure is None:
            self.failure = failure
        self._over = True

    def _here(self, label: str) -> Task:
        task = self.task
        if task.dead or self._over:
            raise Death
        self.points += 1
        if self.points > LONGEST_RUN:
            self.fail(Violation(f"no end after {LONGEST_RUN} points"))
            raise Death
        self.now += self._tempo * self.rng.random() ** 3
        self.trace.append((self.now, task.name, label))
        return task

    def _yield(self, task: Task) -> None:
        following = self._choose()
        if following is None:
            self._root.switch()
        elif following is not task:
            self._go_on(following)
        if task.doomed or self._over:
            task.dead = True
            raise Death

    def _choose(self) -> Task | None:
        """The next task by the seed's choice; time goes to where one can go on. None when there is none."""
        while self._tasks:
            able = [
                task
                for task in self._tasks
                if task.wake <= self.now
                and (task.ready is None or task.patience <= self.now or task.doomed or task.ready())
            ]
            if len(able) == 1:
                return able[0]
            if able:
                return self.rng.choices(able, [task.weight for task in able])[0]
            moments = [task.wake for task in self._tasks if task.wake > self.now]
            moments += [task.patience for task in self._tasks if task.patience > self.now and task.ready is not None]
            soonest = min(moments, default=NEVER)
            if soonest == NEVER:
                self.failure = self.failure or Violation("everybody waits for somebody else")
                return None
            self.now = soonest
        return None

    def _go_on(self, task: Task) -> None:
        self._running = task
        assert task.stack is not None
        task.stack.switch()

    def _live(self, task: Task) -> None:
        failure: BaseException | None = None
        try:
            if task.doomed:
                raise Death
            task.body()
        except BaseException as error:
            failure = error
        task.dead = True
        self._tasks.remove(task)
        if self._over:
            return
        self.trace.append((self.now, task.name, "ends" if failure is None else f"ends: {type(failure).__name__}"))
        try:
            task.ended(failure)
        except BaseException as error:
            self.fail(error)


def _only_die(failure: BaseException | None) -> None:
    if failure is not None and not isinstance(failure, Death):
        raise failure
