-- How many live requests somebody has made is counted with each new one.
CREATE INDEX requests_live_requestor ON requests (requestor)
    WHERE status IN ('NEW', 'PENDING_APPROVAL', 'APPROVED', 'DONE');
